#include "formats/hdf5_image/library/guarded_hdf5_file.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/os/child_process.h"
#include "formats/hdf5_image/library/question_packets.h"

#include <chrono>
#include <cstdlib>
#include <utility>

namespace volary {

namespace {

// A disk that has to spin up, or a file server, may take seconds for the first byte.
constexpr std::chrono::milliseconds kTimeout(10'000);
// Names of a million children; voxels have limits of their own.
constexpr std::size_t kMaxAnswerBytes = 64 * kMiB;
// The bytes of an answer beside those of a chunk.
constexpr std::size_t kPacketBytes = 64;

PacketWriter beginQuestion(std::uint64_t number, const std::filesystem::path& file) {
  PacketWriter question;
  question.number(number);
  question.text(file.string());
  return question;
}

/// Throws Error unless these are extents that the library's side lets pass.
void checkExtents(const i64vec3& extents) {
  constexpr std::int64_t kMaxExtent = std::int64_t{1} << 32;
  for (int axis = 0; axis < 3; ++axis)
    if (extents[axis] <= 0 || extents[axis] > kMaxExtent)
      fail("the HDF5 library says that it has an extent of {}", static_cast<std::uint64_t>(extents[axis]));
}

}  // namespace

std::filesystem::path hdf5HelperProgram() {
  if (const char* const named = std::getenv("VOLARY_HDF5_HELPER"); named && *named) return named;
  return os::ownProgram().parent_path() / "volary-hdf5-helper";
}

GuardedHdf5File::GuardedHdf5File(std::filesystem::path file) : path_(std::move(file)) {
  askHelper(beginQuestion(kOnlyOpen, path_).take(), kMaxAnswerBytes);
}

GuardedHdf5File::~GuardedHdf5File() = default;

GuardedHdf5File::Helper GuardedHdf5File::startHelper() const {
  try {
    return std::make_unique<os::ChildProcess>(hdf5HelperProgram(), std::vector<std::string>());
  } catch (const Error& error) {
    fail("{}: this is left to the HDF5 library: {}", path_.string(), error.what());
  }
}

GuardedHdf5File::Helper GuardedHdf5File::takeIdle() const {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return nullptr;
  Helper helper = std::move(idle_.back());
  idle_.pop_back();
  return helper;
}

void GuardedHdf5File::giveBack(Helper helper) const {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(helper));
}

std::vector<std::byte> GuardedHdf5File::askHelper(std::span<const std::byte> question, std::size_t maxBytes) const {
  using End = os::ChildProcess::End;
  constexpr const char* kHung = "this HDF5 file is damaged, or too slow to read: the HDF5 library does not come back";
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  // A fuzzer is after our own code, and processes cost it more than all the rest.
  fail("{}: this is left to the HDF5 library", path_.string());
#endif
  if (hasHung_) fail("{}: {}", path_.string(), kHung);
  Helper helper = takeIdle();
  const bool isUsed = helper != nullptr;
  if (!isUsed) helper = startHelper();
  os::ChildProcess::Answer answer = helper->ask(question, maxBytes, kTimeout);
  // An earlier question may have damaged the helper.
  if (isUsed && answer.end == End::crashed) {
    helper = startHelper();
    answer = helper->ask(question, maxBytes, kTimeout);
  }
  switch (answer.end) {
    case End::answered: giveBack(std::move(helper)); break;
    // The library may have lost its way for good, so a new helper begins.
    case End::failed: fail("{}", answer.sentence);
    case End::crashed: fail("{}: this HDF5 file is damaged: it makes the HDF5 library crash", path_.string());
    case End::hung: hasHung_ = true; fail("{}: {}", path_.string(), kHung);
  }
  return std::move(answer.bytes);
}

template <auto kQuestion, typename... Arguments>
auto GuardedHdf5File::ask(std::size_t maxBytes, const Arguments&... arguments) const {
  using Packets = QuestionPackets<kQuestion>;
  PacketWriter question = beginQuestion(Hdf5QuestionList::numberOf<kQuestion>(), path_);
  Packets::packArguments(question, arguments...);
  const std::vector<std::byte> answer = askHelper(question.take(), maxBytes);
  return Packets::unpackAnswer(PacketReader(answer), arguments...);
}

bool GuardedHdf5File::exists(const std::string& object) const {
  return ask<&Hdf5Questions::exists>(kMaxAnswerBytes, object);
}

std::optional<Hdf5ExternalLink> GuardedHdf5File::findExternalLink(const std::string& object) const {
  return ask<&Hdf5Questions::findExternalLink>(kMaxAnswerBytes, object);
}

std::vector<std::string> GuardedHdf5File::children(const std::string& group, std::size_t maxNames) const {
  return ask<&Hdf5Questions::children>(kMaxAnswerBytes, group, maxNames);
}

std::optional<std::string> GuardedHdf5File::findStringAttribute(const std::string& object,
                                                                const std::string& name) const {
  return ask<&Hdf5Questions::findStringAttribute>(kMaxAnswerBytes, object, name);
}

std::vector<double> GuardedHdf5File::findNumbersAttribute(const std::string& object, const std::string& name,
                                                          std::size_t maxValues) const {
  return ask<&Hdf5Questions::findNumbersAttribute>(kMaxAnswerBytes, object, name, maxValues);
}

Hdf5Table GuardedHdf5File::readTable(const std::string& object, std::size_t maxValues) const {
  Hdf5Table table = ask<&Hdf5Questions::readTable>(kMaxAnswerBytes, object, maxValues);
  table.rows = table.columns > 0 ? table.values.size() / table.columns : 0;
  return table;
}

Hdf5DatasetInfo GuardedHdf5File::describe(const std::string& object) const {
  Hdf5DatasetInfo info = ask<&Hdf5Questions::describe>(kMaxAnswerBytes, object);
  checkExtents(info.sizeVoxels);
  if (info.chunkVoxels) checkExtents(*info.chunkVoxels);
  return info;
}

RawChunk GuardedHdf5File::readRawChunk(const std::string& object, const i64vec3& origin, std::size_t maxBytes) const {
  return ask<&Hdf5Questions::readRawChunk>(maxBytes + kPacketBytes, object, origin, maxBytes);
}

void GuardedHdf5File::readBox(const std::string& object, const i64vec3& origin, const i64vec3& size, VoxelType type,
                              std::span<std::byte> voxels) const {
  ask<&Hdf5Questions::readBox>(voxels.size() + kPacketBytes, object, origin, size, type, voxels);
}

std::uint64_t GuardedHdf5File::storageBytes(const std::string& object) const {
  return ask<&Hdf5Questions::storageBytes>(kMaxAnswerBytes, object);
}

}  // namespace volary
