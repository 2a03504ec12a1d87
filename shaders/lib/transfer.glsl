// The transfer function: colour (not premultiplied) and opacity of a grey value, linear between the table's entries.
#ifndef VOLARY_TRANSFER_GLSL
#define VOLARY_TRANSFER_GLSL

#include "lib/bindings.glsl"

vec4 transferAt(float grey) {
  float at = clamp(grey, 0.0, 1.0) * float(kTransferEntries - 1u);
  uint entry = min(uint(wholeOf(floor(at))), kTransferEntries - 2u);
  return mix(transferTable[entry], transferTable[entry + 1u], at - float(entry));
}

// True if no grey value from greys.x to greys.y has any opacity; an entry more on each side is on the safe side of rounding.
bool isTransparent(vec2 greys) {
  vec2 at = clamp(greys, 0.0, 1.0) * float(kTransferEntries - 1u);
  uint first = uint(wholeOf(floor(max(at.x - 0.01, 0.0))));
  uint last = min(uint(wholeOf(floor(at.y + 0.01))) + 1u, kTransferEntries - 1u);
  return nextVisible[first] > last;
}

#endif
