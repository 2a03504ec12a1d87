#include "render/shader_code.h"
#include "shared/draw.h"
#include "shared/page_table.h"
#include "shared/scene.h"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <utility>

using namespace volary;

namespace {

/// Offsets of the members of the structs in a SPIR-V module, by "Struct.member".
///
/// Based on: SPIR-V specification 1.6, sections 2.3 (physical layout of a module) and 3.42 (instructions).
std::map<std::string, std::uint32_t> memberOffsets(std::span<const std::uint32_t> words) {
  constexpr std::uint32_t kOpName = 5, kOpMemberName = 6, kOpMemberDecorate = 72, kOffset = 35;
  std::map<std::uint32_t, std::string> structNames;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> memberNames;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> offsets;
  for (std::size_t at = 5; at < words.size(); at += words[at] >> 16) {
    const std::uint32_t* one = &words[at];
    switch (one[0] & 0xffff) {
      case kOpName: structNames[one[1]] = reinterpret_cast<const char*>(one + 2); break;
      case kOpMemberName: memberNames[{one[1], one[2]}] = reinterpret_cast<const char*>(one + 3); break;
      case kOpMemberDecorate:
        if (one[3] == kOffset) offsets[{one[1], one[2]}] = one[4];
        break;
    }
  }
  std::map<std::string, std::uint32_t> byName;
  for (const auto& [member, offset] : offsets) byName[structNames[member.first] + "." + memberNames[member]] = offset;
  return byName;
}

/// The numbers of a module's specialization constants.
std::set<std::uint32_t> constantsOf(std::span<const std::uint32_t> words) {
  constexpr std::uint32_t kOpDecorate = 71, kSpecId = 1;
  std::set<std::uint32_t> numbers;
  for (std::size_t at = 5; at < words.size(); at += words[at] >> 16)
    if ((words[at] & 0xffff) == kOpDecorate && words[at + 2] == kSpecId) numbers.insert(words[at + 3]);
  return numbers;
}

constexpr std::array kMarchesAndSlice = {ShaderId::marchMip,        ShaderId::marchMinip, ShaderId::marchAverage,
                                         ShaderId::marchAttenuated, ShaderId::marchFirst, ShaderId::marchIso,
                                         ShaderId::marchDvr,        ShaderId::slice};

}  // namespace

#define CHECK_OFFSET(Struct, member)                                    \
  do {                                                                  \
    CAPTURE(#Struct "." #member);                                       \
    REQUIRE(offsets.count(#Struct "." #member) == 1);                   \
    CHECK(offsets.at(#Struct "." #member) == offsetof(Struct, member)); \
    ++checked;                                                          \
  } while (false)

TEST_CASE("the shaders lay out the shared structs as C++ does") {
  using namespace volary::shared;
  for (const ShaderId id : kMarchesAndSlice) {
    const std::map<std::string, std::uint32_t> offsets = memberOffsets(shaderCode(id));
    std::size_t checked = 0;
    CHECK_OFFSET(DrawParams, offsetPx);
    CHECK_OFFSET(DrawParams, beginPx);
    CHECK_OFFSET(DrawParams, endPx);
    CHECK_OFFSET(DrawParams, origin0);
    CHECK_OFFSET(DrawParams, originDx);
    CHECK_OFFSET(DrawParams, originDy);
    CHECK_OFFSET(DrawParams, direction0);
    CHECK_OFFSET(DrawParams, directionDx);
    CHECK_OFFSET(DrawParams, directionDy);
    CHECK_OFFSET(DrawParams, tMin);
    CHECK_OFFSET(DrawParams, tMax);
    CHECK_OFFSET(DrawParams, clipCount);
    CHECK_OFFSET(DrawParams, clip);
    CHECK_OFFSET(DrawParams, planeCount);
    CHECK_OFFSET(DrawParams, planesAddress);
    CHECK_OFFSET(DrawParams, slabHalf);
    CHECK_OFFSET(DrawParams, noiseAddress);
    CHECK_OFFSET(DrawParams, sumsAddress);
    CHECK_OFFSET(DrawParams, sumsPerRow);
    CHECK_OFFSET(DrawParams, picturesBefore);
    CHECK_OFFSET(DrawParams, phaseShift);
    CHECK_OFFSET(DrawParams, boxSize);
    CHECK_OFFSET(DrawParams, samplesPerVoxel);
    CHECK_OFFSET(DrawParams, walkAhead);
    CHECK_OFFSET(DrawParams, imageIndex);
    CHECK_OFFSET(DrawParams, levelCount);
    CHECK_OFFSET(DrawParams, pinnedLevel);
    CHECK_OFFSET(DrawParams, tableAddress);
    CHECK_OFFSET(DrawParams, tableMask);
    CHECK_OFFSET(DrawParams, tableMaxProbe);
    CHECK_OFFSET(DrawParams, slotGrid);
    CHECK_OFFSET(DrawParams, cacheFromTexel);
    CHECK_OFFSET(DrawParams, feedbackAddress);
    CHECK_OFFSET(DrawParams, ghostsFrom);
    CHECK_OFFSET(DrawParams, texelsAddress);
    CHECK_OFFSET(DrawParams, cellsAddress);
    CHECK_OFFSET(DrawParams, slotTexels);
    CHECK_OFFSET(DrawParams, texelScale);
    CHECK_OFFSET(DrawParams, transferAddress);
    CHECK_OFFSET(DrawParams, greyZero);
    CHECK_OFFSET(DrawParams, greyScale);
    CHECK_OFFSET(DrawParams, texelLow);
    CHECK_OFFSET(DrawParams, texelHigh);
    CHECK_OFFSET(DrawParams, unitsX);
    CHECK_OFFSET(DrawParams, unitsY);
    CHECK_OFFSET(DrawParams, unitsZ);
    CHECK_OFFSET(DrawParams, colour);
    CHECK_OFFSET(DrawParams, normalX);
    CHECK_OFFSET(DrawParams, normalY);
    CHECK_OFFSET(DrawParams, normalZ);
    CHECK_OFFSET(DrawParams, isoTexel);
    CHECK_OFFSET(DrawParams, attenuation);
    CHECK_OFFSET(DrawParams, sumUnits);
    CHECK_OFFSET(DrawParams, background);
    CHECK_OFFSET(DrawParams, levels);
    CHECK_OFFSET(LevelParams, levelFromEdge);
    CHECK_OFFSET(LevelParams, factor);
    CHECK_OFFSET(LevelParams, sizeVoxels);
    CHECK_OFFSET(LevelParams, lastBrick);
    CHECK_OFFSET(LevelParams, fadeFrom);
    CHECK_OFFSET(LevelParams, enoughFrom);
    CHECK_OFFSET(PageTableEntry, key0);
    CHECK_OFFSET(PageTableEntry, key1);
    CHECK_OFFSET(PageTableEntry, key2);
    CHECK_OFFSET(PageTableEntry, slot);
    CHECK_OFFSET(PageTableEntry, flags);
    if (id != ShaderId::slice) {
      CHECK_OFFSET(PlaneParams, plane);
      CHECK_OFFSET(PlaneParams, along);
      CHECK_OFFSET(PlaneParams, depthRate);
    }

    // No member was forgotten here.
    std::size_t members = 0;
    for (const auto& [name, offset] : offsets)
      for (const char* prefix : {"DrawParams.", "LevelParams.", "PlaneParams.", "PageTableEntry."})
        if (name.rfind(prefix, 0) == 0) ++members;
    CHECK(members == checked);
  }
}

TEST_CASE("the shaders of several images lay out what they share with C++ as that does") {
  using namespace volary::shared;
  for (const ShaderId id : kMarchesAndSlice) {
    const std::map<std::string, std::uint32_t> offsets = memberOffsets(sceneShaderCode(id));
    std::size_t checked = 0;
    CHECK_OFFSET(SceneParams, tilesBeginPx);
    CHECK_OFFSET(SceneParams, tilesPerRow);
    CHECK_OFFSET(SceneParams, drawsAddress);
    CHECK_OFFSET(SceneParams, blend);
    CHECK_OFFSET(SceneParams, guide);
    CHECK_OFFSET(DrawParams, background);
    CHECK_OFFSET(DrawParams, levels);
    CHECK(checked == 7);
    CHECK(offsets.at("SceneBlock.sceneLists") == sizeof(SceneParams));
  }
}

TEST_CASE("a shader for plain pictures lacks the special constants and no other") {
  std::set<std::uint32_t> special;
  for (const ShaderId id : kMarchesAndSlice)
    for (const auto code : {shaderCode, sceneShaderCode}) {
      std::set<std::uint32_t> expected = constantsOf(code(id, Pictures::any));
      for (const std::uint32_t number : kSpecialConstants)
        if (expected.erase(number) > 0) special.insert(number);
      CHECK(constantsOf(code(id, Pictures::plain)) == expected);
    }
  CHECK(special == std::set<std::uint32_t>(kSpecialConstants.begin(), kSpecialConstants.end()));
}
