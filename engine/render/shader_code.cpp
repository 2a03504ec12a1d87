#include "render/shader_code.h"

namespace volary {

namespace {

using Words = std::span<const std::uint32_t>;

namespace words {
#include "shader_words.inc"
}

}  // namespace

Words shaderCode(ShaderId id, Pictures pictures) {
  const auto pick = [&](Words any, Words plain) { return pictures == Pictures::plain ? plain : any; };
  switch (id) {
    case ShaderId::marchMip: return pick(words::march_mip, words::plain_march_mip);
    case ShaderId::marchMinip: return pick(words::march_minip, words::plain_march_minip);
    case ShaderId::marchAverage: return pick(words::march_average, words::plain_march_average);
    case ShaderId::marchAttenuated: return pick(words::march_attenuated, words::plain_march_attenuated);
    case ShaderId::marchFirst: return pick(words::march_first, words::plain_march_first);
    case ShaderId::marchIso: return pick(words::march_iso, words::plain_march_iso);
    case ShaderId::marchDvr: return pick(words::march_dvr, words::plain_march_dvr);
    case ShaderId::slice: return pick(words::slice, words::plain_slice);
    case ShaderId::lineVertex: return words::line_vertex;
    case ShaderId::lineFragment: break;
  }
  return words::line_fragment;
}

Words sceneShaderCode(ShaderId id, Pictures pictures) {
  const auto pick = [&](Words any, Words plain) { return pictures == Pictures::plain ? plain : any; };
  switch (id) {
    case ShaderId::marchMip: return pick(words::scene_march_mip, words::plain_scene_march_mip);
    case ShaderId::marchMinip: return pick(words::scene_march_minip, words::plain_scene_march_minip);
    case ShaderId::marchAverage: return pick(words::scene_march_average, words::plain_scene_march_average);
    case ShaderId::marchAttenuated: return pick(words::scene_march_attenuated, words::plain_scene_march_attenuated);
    case ShaderId::marchFirst: return pick(words::scene_march_first, words::plain_scene_march_first);
    case ShaderId::marchIso: return pick(words::scene_march_iso, words::plain_scene_march_iso);
    case ShaderId::marchDvr: return pick(words::scene_dvr, words::plain_scene_dvr);
    case ShaderId::slice: return pick(words::scene_slice, words::plain_scene_slice);
    case ShaderId::lineVertex:
    case ShaderId::lineFragment: break;
  }
  return {};
}

}  // namespace volary
