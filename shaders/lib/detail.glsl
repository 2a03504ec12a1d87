// Which levels a ray shows where, whatever finer ones are resident: see engine/scene/level_detail.h, which says the rule.
//
// Based on: Williams: Pyramidal Parametrics (1983), section 3, for interpolation between levels.
#ifndef VOLARY_DETAIL_GLSL
#define VOLARY_DETAIL_GLSL

#include "lib/bindings.glsl"
#include "lib/page_sample.glsl"
#include "lib/page_walk.glsl"
#include "lib/ray.glsl"
#include "lib/sample.glsl"

// True where levels fade into each other along a ray: what a parallel ray shows is as fine everywhere.
layout(constant_id = kConstantFades) const uint kFades = 0u;

// A part of a ray that shows one level, or that and the next coarser one, which fades in.
struct Zone {
  uint level;
  float end;       // on the ray
  bool fades;
  float fadeFrom;
  float fadeRate;  // for each unit of the ray
};

// The zone that `t` is in, or at whose beginning it is; none finer than `finest` can be.
Zone zoneAt(float t, uint finest) {
  Zone zone = Zone(finest, kNever, false, 0.0, 0.0);
  bool goesOn;
  do {
    goesOn = zone.level + 1u < draw.levelCount;
    if (goesOn) {
      float enough = draw.levels[zone.level + 1u].enoughFrom;
      zone.end = enough;
      goesOn = enough <= t;
      if (goesOn) ++zone.level;
    } else {
      zone.end = kNever;
    }
  } while (goesOn);
  if (kFades != 0u && zone.end < kNever) {
    zone.fadeFrom = draw.levels[zone.level + 1u].fadeFrom;
    zone.fadeRate = 1.0 / (zone.end - zone.fadeFrom);
    zone.fades = t >= zone.fadeFrom;
    if (!zone.fades) zone.end = zone.fadeFrom;
  }
  return zone;
}

// How much of what is shown at `t` is of the coarser level.
float coarserPart(Zone zone, float t) {
  return kFades != 0u && zone.fades ? clamp((t - zone.fadeFrom) * zone.fadeRate, 0.0, 1.0) : 0.0;
}

// Samples the image at a point `edge` of a ray, at `t` on it; false if nothing is there. For single points; a march keeps its
// zone and pages. One walk in a loop, because all functions are inlined.
bool sampleAt(vec3 edge, float t, out Sample s) {
  s.t = t;
  s.ends = vec2(0.0);
  Zone zone = zoneAt(t, 0u);
  s.coarser = coarserPart(zone, t);
  bool found = false;
  uint last = kFades != 0u && s.coarser > 0.0 ? 1u : 0u;
  for (uint i = 0u; i <= last; ++i) {
    Page page = findPage(edge, readLevel(zone.level + i), zone.level + i);
    found = page.found;
    vec3 local = localPlace(page, edge);
    float texel = sampleSlot(page.slot, local);
    s.coarse = Spot(page.level.index, page.slot, local);
    if (i == 0u) {
      s.fine = s.coarse;
      s.texel = texel;
      s.lack = page.lack;
    } else {
      s.lack = max(s.lack, page.lack);
      s.texel = mix(s.texel, texel, s.coarser);
    }
  }
  return found;
}

// The value at a small distance from a sample, by the same pages: as far as their borders reach.
float texelBeside(Spot spot, vec3 edge) {
  vec3 local = spot.local + edge * draw.levels[spot.level].levelFromEdge;
  return sampleSlot(spot.slot, clamp(local, vec3(-0.5), vec3(kBrickPayload + 0.5)));
}

float texelBeside(Sample s, vec3 edge) {
  float texel = texelBeside(s.fine, edge);
  return kFades != 0u && s.coarser > 0.0 ? mix(texel, texelBeside(s.coarse, edge), s.coarser) : texel;
}

#endif
