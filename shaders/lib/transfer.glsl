// The transfer function: colour (not premultiplied) and opacity of a grey value, linear between the table's entries; and its
// mean over all values between two, as a medium that emits and absorbs.
//
// Based on: Engel, Kraus, Ertl: High-Quality Pre-Integrated Volume Rendering Using Hardware-Accelerated Pixel Shading (2001),
// section 3: integral functions, which leave out how a step dims its own light, and so hold for steps of any length.
#ifndef VOLARY_TRANSFER_GLSL
#define VOLARY_TRANSFER_GLSL

#include "lib/bindings.glsl"

Transfer transfer = Transfer(allDraw.transferAddress);

vec4 transferAt(float grey) {
  float at = clamp(grey, 0.0, 1.0) * float(kTransferEntries - 1u);
  uint entry = min(uint(wholeOf(floor(at))), kTransferEntries - 2u);
  return mix(transfer.colours[entry], transfer.colours[entry + 1u], at - float(entry));
}

// True where the transfer function is so sharp that compositing takes the mean over each step: see
// engine/render/transfer_block.h.
SPECIAL(kConstantIntegrates) const uint kIntegrates = 0u;

// Where a grey value lies among the entries, not cut off, and the integral up to there.
struct Reach {
  float at;
  vec4 integral;
};

vec4 mediumAt(float at) {
  float inside = clamp(at, 0.0, float(kTransferEntries - 1u));
  uint entry = min(uint(wholeOf(floor(inside))), kTransferEntries - 2u);
  return mix(transfer.medium[entry], transfer.medium[entry + 1u], inside - float(entry));
}

Reach reachOf(float grey) {
  const float kLast = float(kTransferEntries - 1u);
  float at = clamp(grey, -1e4, 1e4) * kLast;
  float inside = clamp(at, 0.0, kLast);
  uint entry = min(uint(wholeOf(floor(inside))), kTransferEntries - 2u);
  float f = inside - float(entry);
  vec4 low = transfer.medium[entry], high = transfer.medium[entry + 1u];
  vec4 here = mix(low, high, f);
  return Reach(at, transfer.integral[entry] + f * 0.5 * (low + here) + (at - inside) * here);
}

// The mean over all values between two, each with the same weight. If the two are too near for a difference of integrals, it is
// that of the middle.
vec4 meanMedium(Reach a, Reach b) {
  const float kLast = float(kTransferEntries - 1u);
  const float kNear = 0.05;
  if (abs(clamp(a.at, 0.0, kLast) - clamp(b.at, 0.0, kLast)) < kNear) return mediumAt(0.5 * (a.at + b.at));
  return max((b.integral - a.integral) / (b.at - a.at), vec4(0.0));
}

// True if no grey value from greys.x to greys.y has any opacity; an entry more on each side is on the safe side of rounding.
bool isTransparent(vec2 greys) {
  vec2 at = clamp(greys, 0.0, 1.0) * float(kTransferEntries - 1u);
  uint first = uint(wholeOf(floor(max(at.x - 0.01, 0.0))));
  uint last = min(uint(wholeOf(floor(at.y + 0.01))) + 1u, kTransferEntries - 1u);
  return transfer.nextVisible[first] > last;
}

#endif
