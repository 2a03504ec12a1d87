#include "render/compute_pipelines.h"
#include "render/shader_code.h"
#include "render/transfer_block.h"
#include "shared/draw.h"
#include "shared/page_table.h"
#include "shared/pipeline.h"
#include "shared/scene.h"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <span>
#include <string>
#include <utility>

using namespace volary;

namespace {

/// What a SPIR-V module says about names, types and numbers.
///
/// Based on: SPIR-V specification 1.6, sections 2.3 (physical layout of a module) and 3.42 (instructions).
class Module {
 public:
  explicit Module(std::span<const std::uint32_t> words) {
    constexpr std::uint32_t kOpName = 5, kOpMemberName = 6, kOpTypeFirst = 19, kOpTypeLast = 39, kOpVariable = 59,
                            kOpDecorate = 71, kOpMemberDecorate = 72, kSpecId = 1, kOffset = 35, kBinding = 33;
    for (std::size_t at = 5; at < words.size(); at += words[at] >> 16) {
      const std::uint32_t* one = &words[at];
      const std::uint32_t code = one[0] & 0xffff;
      if (code == kOpName) names_[one[1]] = reinterpret_cast<const char*>(one + 2);
      if (code == kOpMemberName) memberNames_[{one[1], one[2]}] = reinterpret_cast<const char*>(one + 3);
      if (code == kOpMemberDecorate && one[3] == kOffset) offsets_[{one[1], one[2]}] = one[4];
      if (code == kOpDecorate && one[2] == kSpecId) constants_[one[1]] = one[3];
      if (code == kOpDecorate && one[2] == kBinding) bindings_[one[1]] = one[3];
      if (code >= kOpTypeFirst && code <= kOpTypeLast) types_[one[1]] = one;
      if (code == kOpVariable) variables_[one[2]] = one;
    }
  }

  /// Offsets of the members of the structs, by "Struct.member".
  std::map<std::string, std::uint32_t> memberOffsets() const {
    std::map<std::string, std::uint32_t> byName;
    for (const auto& [member, offset] : offsets_)
      byName[names_.at(member.first) + "." + memberNames_.at(member)] = offset;
    return byName;
  }

  /// The names of the specialization constants, by number.
  std::map<std::uint32_t, std::string> constants() const {
    std::map<std::uint32_t, std::string> byNumber;
    for (const auto& [id, number] : constants_) byNumber[number] = names_.at(id);
    return byNumber;
  }

  /// The types of the bindings, by number.
  std::map<std::uint32_t, VkDescriptorType> bindings() const {
    std::map<std::uint32_t, VkDescriptorType> byNumber;
    for (const auto& [id, number] : bindings_) byNumber[number] = typeOf(variables_.at(id));
    return byNumber;
  }

 private:
  VkDescriptorType typeOf(const std::uint32_t* variable) const {
    constexpr std::uint32_t kOpTypeSampledImage = 27, kUniformConstant = 0, kUniform = 2, kStorageBuffer = 12;
    const std::uint32_t storage = variable[3];
    if (storage == kUniform) return VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER;
    if (storage == kStorageBuffer) return VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    REQUIRE(storage == kUniformConstant);
    const std::uint32_t* pointer = types_.at(variable[1]);
    const bool isSampled = (types_.at(pointer[3])[0] & 0xffff) == kOpTypeSampledImage;
    return isSampled ? VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER : VK_DESCRIPTOR_TYPE_STORAGE_IMAGE;
  }

  using Member = std::pair<std::uint32_t, std::uint32_t>;
  std::map<std::uint32_t, std::string> names_;
  std::map<Member, std::string> memberNames_;
  std::map<Member, std::uint32_t> offsets_;
  std::map<std::uint32_t, std::uint32_t> constants_, bindings_;
  std::map<std::uint32_t, const std::uint32_t*> types_, variables_;
};

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
  for (const ComputeShader& shader : computeShaders()) {
    const std::map<std::string, std::uint32_t> offsets = Module(shader.one).memberOffsets();
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
    if (shader.name != kSliceShader) {
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
  for (const ComputeShader& shader : computeShaders()) {
    const std::map<std::string, std::uint32_t> offsets = Module(shader.scene).memberOffsets();
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

TEST_CASE("the shaders lay out a transfer function as C++ does") {
  const std::map<std::string, std::uint32_t> offsets = Module(computeShader("dvr").one).memberOffsets();
  CHECK(offsets.at("Transfer.colours") == offsetof(TransferBlock, colours));
  CHECK(offsets.at("Transfer.nextVisible") == offsetof(TransferBlock, nextVisible));
  CHECK(offsets.at("Transfer.medium") == offsetof(TransferBlock, medium));
  CHECK(offsets.at("Transfer.integral") == offsetof(TransferBlock, integral));
}

TEST_CASE("the shaders' bindings have the numbers and types that the passes bind") {
  std::map<std::uint32_t, VkDescriptorType> expected;
  for (const gpu::Binding& binding : computeBindings()) expected[binding.number] = binding.type;
  CHECK(expected.size() == computeBindings().size());
  std::map<std::uint32_t, VkDescriptorType> used;
  for (const ComputeShader& shader : computeShaders())
    for (const Shows shows : {Shows::oneImage, Shows::scene})
      for (const Pictures pictures : {Pictures::any, Pictures::plain})
        for (const auto& [number, type] : Module(shader.words(shows, pictures)).bindings()) {
          CAPTURE(number);
          REQUIRE(expected.count(number) == 1);
          CHECK(expected.at(number) == type);
          CHECK((shows == Shows::scene || number != shared::kBindingScene));
          used[number] = type;
        }
  CHECK(used == expected);
}

TEST_CASE("a specialization constant has one number in all shaders, and a number one constant") {
  std::map<std::uint32_t, std::string> all;
  std::map<std::string, std::uint32_t> numbers;
  for (const ComputeShader& shader : computeShaders())
    for (const Shows shows : {Shows::oneImage, Shows::scene})
      for (const auto& [number, name] : Module(shader.words(shows, Pictures::any)).constants()) {
        CAPTURE(number, name);
        CHECK(all.try_emplace(number, name).first->second == name);
        CHECK(numbers.try_emplace(name, number).first->second == number);
      }
  // Each number that C++ sets belongs to a constant, and C++ knows every constant.
  REQUIRE(all.size() == shared::kConstantCount);
  CHECK(all.rbegin()->first == shared::kConstantCount - 1);
}

TEST_CASE("shaders state no number of a constant or binding but by the name that C++ has for it") {
  const std::regex constant(R"((?:constant_id = |^SPECIAL\()(\w+)\) const uint k(\w+) =)");
  const std::regex binding(R"(\bbinding = (\w+))");
  std::size_t constants = 0, bindings = 0;
  for (const char* folder : {"shaders", "shaders/lib"})
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(VOLARY_SOURCE_DIR) / folder)) {
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) {
        CAPTURE(entry.path().filename().string(), line);
        std::smatch match;
        if (std::regex_search(line, match, constant)) {
          CHECK(match[1].str() == "kConstant" + match[2].str());
          ++constants;
        }
        if (std::regex_search(line, match, binding)) {
          CHECK(match[1].str().starts_with("kBinding"));
          ++bindings;
        }
      }
    }
  CHECK(constants >= shared::kConstantCount);
  CHECK(bindings == computeBindings().size());
}

TEST_CASE("a shader for plain pictures lacks the special constants and no other") {
  for (const ComputeShader& shader : computeShaders())
    for (const Shows shows : {Shows::oneImage, Shows::scene}) {
      std::map<std::uint32_t, std::string> expected = Module(shader.words(shows, Pictures::any)).constants();
      CHECK(std::erase_if(expected, [](const auto& one) { return one.first >= shared::kFirstSpecialConstant; }) > 0);
      CHECK(Module(shader.words(shows, Pictures::plain)).constants() == expected);
    }
}
