#include "render/shader_code.h"

namespace volary {

namespace {

constexpr std::uint32_t kMarchMip[] = {
#include "march_mip.comp.inc"
};
constexpr std::uint32_t kMarchMinip[] = {
#include "march_minip.comp.inc"
};
constexpr std::uint32_t kMarchAverage[] = {
#include "march_average.comp.inc"
};
constexpr std::uint32_t kMarchAttenuated[] = {
#include "march_attenuated.comp.inc"
};
constexpr std::uint32_t kMarchFirst[] = {
#include "march_first.comp.inc"
};
constexpr std::uint32_t kMarchIso[] = {
#include "march_iso.comp.inc"
};
constexpr std::uint32_t kMarchDvr[] = {
#include "march_dvr.comp.inc"
};
constexpr std::uint32_t kSlice[] = {
#include "slice.comp.inc"
};
constexpr std::uint32_t kSceneMip[] = {
#include "scene_march_mip.comp.inc"
};
constexpr std::uint32_t kSceneMinip[] = {
#include "scene_march_minip.comp.inc"
};
constexpr std::uint32_t kSceneAverage[] = {
#include "scene_march_average.comp.inc"
};
constexpr std::uint32_t kSceneAttenuated[] = {
#include "scene_march_attenuated.comp.inc"
};
constexpr std::uint32_t kSceneFirst[] = {
#include "scene_march_first.comp.inc"
};
constexpr std::uint32_t kSceneIso[] = {
#include "scene_march_iso.comp.inc"
};
constexpr std::uint32_t kSceneDvr[] = {
#include "scene_dvr.comp.inc"
};
constexpr std::uint32_t kSceneSlice[] = {
#include "scene_slice.comp.inc"
};
constexpr std::uint32_t kLineVertex[] = {
#include "line.vert.inc"
};
constexpr std::uint32_t kLineFragment[] = {
#include "line.frag.inc"
};

}  // namespace

std::span<const std::uint32_t> shaderCode(ShaderId id) {
  switch (id) {
    case ShaderId::marchMip: return kMarchMip;
    case ShaderId::marchMinip: return kMarchMinip;
    case ShaderId::marchAverage: return kMarchAverage;
    case ShaderId::marchAttenuated: return kMarchAttenuated;
    case ShaderId::marchFirst: return kMarchFirst;
    case ShaderId::marchIso: return kMarchIso;
    case ShaderId::marchDvr: return kMarchDvr;
    case ShaderId::slice: return kSlice;
    case ShaderId::sceneDvr: return kSceneDvr;
    case ShaderId::lineVertex: return kLineVertex;
    case ShaderId::lineFragment: break;
  }
  return kLineFragment;
}

std::span<const std::uint32_t> sceneShaderCode(ShaderId id) {
  switch (id) {
    case ShaderId::marchMip: return kSceneMip;
    case ShaderId::marchMinip: return kSceneMinip;
    case ShaderId::marchAverage: return kSceneAverage;
    case ShaderId::marchAttenuated: return kSceneAttenuated;
    case ShaderId::marchFirst: return kSceneFirst;
    case ShaderId::marchIso: return kSceneIso;
    case ShaderId::slice: return kSceneSlice;
    default: return kSceneDvr;
  }
}

}  // namespace volary
