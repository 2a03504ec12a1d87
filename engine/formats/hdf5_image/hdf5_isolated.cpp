#include "formats/hdf5_image/hdf5_isolated.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/os/child_process.h"
#include "formats/hdf5_image/hdf5_fallback.h"
#include "formats/hdf5_image/hdf5_library.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <utility>

namespace volary {

namespace {

// A disk that has to spin up, or a file server, may take seconds over the first byte.
constexpr std::chrono::milliseconds kTimeout(10'000);
// Names of a million children; voxels have limits of their own.
constexpr std::size_t kMaxAnswerBytes = 64 * kMiB;
// What an answer has beside the bytes of a chunk.
constexpr std::size_t kPacketBytes = 64;

void writeVector(PacketWriter& out, const i64vec3& v) {
  for (int axis = 0; axis < 3; ++axis) out.number(static_cast<std::uint64_t>(v[axis]));
}

/// Extents as describeHdf5Dataset lets them pass.
i64vec3 readExtents(PacketReader& in) {
  constexpr std::uint64_t kMaxExtent = std::uint64_t{1} << 32;
  i64vec3 v(0);
  for (int axis = 0; axis < 3; ++axis) {
    const std::uint64_t extent = in.number();
    if (extent == 0 || extent > kMaxExtent) fail("the HDF5 library says that it has an extent of {}", extent);
    v[axis] = static_cast<std::int64_t>(extent);
  }
  return v;
}

void writeInfo(PacketWriter& out, const Hdf5DatasetInfo& info) {
  writeVector(out, info.sizeVoxels);
  out.number(info.chunkVoxels.has_value());
  if (info.chunkVoxels) writeVector(out, *info.chunkVoxels);
  out.number(static_cast<std::uint64_t>(info.storedType));
  out.number(info.bigEndian);
  out.number(info.isPlain);
  out.number(info.filters.size());
  for (const Hdf5Filter& filter : info.filters) {
    out.number(static_cast<std::uint64_t>(filter.id));
    out.text(filter.name);
    out.number(filter.clientData.size());
    for (const unsigned value : filter.clientData) out.number(value);
  }
  out.number(info.rawPartialChunks);
  out.bytes(info.fillValue);
}

Hdf5DatasetInfo readInfo(PacketReader in) {
  Hdf5DatasetInfo info;
  info.sizeVoxels = readExtents(in);
  if (in.flag()) info.chunkVoxels = readExtents(in);
  info.storedType = static_cast<VoxelType>(std::min<std::uint64_t>(in.number(), static_cast<int>(VoxelType::float64)));
  info.bigEndian = in.flag();
  info.isPlain = in.flag();
  info.filters.resize(in.count());
  for (Hdf5Filter& filter : info.filters) {
    filter.id = static_cast<int>(in.number());
    filter.name = in.text();
    filter.clientData.resize(in.count());
    for (unsigned& value : filter.clientData) value = static_cast<unsigned>(in.number());
  }
  info.rawPartialChunks = in.flag();
  const std::span<const std::byte> fillValue = in.bytes();
  info.fillValue.assign(fillValue.begin(), fillValue.end());
  return info;
}

}  // namespace

IsolatedHdf5File::IsolatedHdf5File(std::filesystem::path file) : path_(std::move(file)) {
  ask([](const FallbackHdf5File&, PacketWriter&) {});
}

std::vector<std::byte> IsolatedHdf5File::ask(std::size_t maxBytes, const Work& work) const {
  constexpr const char* kHung = "this HDF5 file is damaged, or too slow to read: the HDF5 library does not come back";
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  // A fuzzer is after our own code, and forks cost it more than all the rest.
  fail("{}: this is left to the HDF5 library", path_.string());
#endif
  if (hasHung_) fail("{}: {}", path_.string(), kHung);
  std::optional<os::ChildProcess> child;
  {
    // Whoever else is in the library must be out of it when this process is copied.
    std::optional<Hdf5Lock> lock(std::in_place);
    child.emplace([&] {
      lock.reset();
      PacketWriter out;
      work(FallbackHdf5File(path_), out);
      return out.take();
    });
  }
  os::ChildProcess::Answer answer = child->wait(maxBytes, kTimeout);
  switch (answer.end) {
    case os::ChildProcess::End::answered: break;
    case os::ChildProcess::End::failed: fail("{}", answer.sentence);
    case os::ChildProcess::End::crashed:
      fail("{}: this HDF5 file is damaged: it makes the HDF5 library crash", path_.string());
    case os::ChildProcess::End::hung: hasHung_ = true; fail("{}: {}", path_.string(), kHung);
  }
  return std::move(answer.bytes);
}

std::vector<std::byte> IsolatedHdf5File::ask(const Work& work) const { return ask(kMaxAnswerBytes, work); }

bool IsolatedHdf5File::exists(const std::string& object) const {
  const auto answer = ask([&](const FallbackHdf5File& file, PacketWriter& out) { out.number(file.exists(object)); });
  return PacketReader(answer).flag();
}

std::optional<Hdf5ExternalLink> IsolatedHdf5File::findExternalLink(const std::string& object) const {
  const auto answer = ask([&](const FallbackHdf5File& file, PacketWriter& out) {
    const std::optional<Hdf5ExternalLink> link = file.findExternalLink(object);
    out.number(link.has_value());
    if (!link) return;
    out.text(link->file);
    out.text(link->object);
  });
  PacketReader in(answer);
  if (!in.flag()) return std::nullopt;
  Hdf5ExternalLink link{.file = in.text(), .object = {}};
  link.object = in.text();
  return link;
}

std::vector<std::string> IsolatedHdf5File::children(const std::string& group, std::size_t maxNames) const {
  const auto answer = ask([&](const FallbackHdf5File& file, PacketWriter& out) {
    const std::vector<std::string> names = file.children(group, maxNames);
    out.number(names.size());
    for (const std::string& name : names) out.text(name);
  });
  PacketReader in(answer);
  std::vector<std::string> names(in.count());
  for (std::string& name : names) name = in.text();
  return names;
}

std::optional<std::string> IsolatedHdf5File::findStringAttribute(const std::string& object,
                                                                 const std::string& name) const {
  const auto answer = ask([&](const FallbackHdf5File& file, PacketWriter& out) {
    const std::optional<std::string> text = file.findStringAttribute(object, name);
    out.number(text.has_value());
    if (text) out.text(*text);
  });
  PacketReader in(answer);
  if (!in.flag()) return std::nullopt;
  return in.text();
}

std::vector<double> IsolatedHdf5File::findNumbersAttribute(const std::string& object, const std::string& name,
                                                           std::size_t maxValues) const {
  const auto answer = ask([&](const FallbackHdf5File& file, PacketWriter& out) {
    const std::vector<double> values = file.findNumbersAttribute(object, name, maxValues);
    out.number(values.size());
    for (const double value : values) out.number(std::bit_cast<std::uint64_t>(value));
  });
  PacketReader in(answer);
  std::vector<double> values(in.count());
  for (double& value : values) value = std::bit_cast<double>(in.number());
  return values;
}

Hdf5Table IsolatedHdf5File::readTable(const std::string& object, std::size_t maxValues) const {
  const auto answer = ask([&](const FallbackHdf5File& file, PacketWriter& out) {
    const Hdf5Table table = file.readTable(object, maxValues);
    out.number(table.columns);
    out.number(table.values.size());
    for (const double value : table.values) out.number(std::bit_cast<std::uint64_t>(value));
  });
  PacketReader in(answer);
  Hdf5Table table{.columns = in.number()};
  table.values.resize(in.count());
  for (double& value : table.values) value = std::bit_cast<double>(in.number());
  table.rows = table.columns > 0 ? table.values.size() / table.columns : 0;
  return table;
}

Hdf5DatasetInfo IsolatedHdf5File::describe(const std::string& object) const {
  const auto answer =
      ask([&](const FallbackHdf5File& file, PacketWriter& out) { writeInfo(out, file.openDataset(object).info()); });
  return readInfo(PacketReader(answer));
}

RawChunk IsolatedHdf5File::readRawChunk(const std::string& object, const i64vec3& origin, std::size_t maxBytes) const {
  const auto answer = ask(maxBytes + kPacketBytes, [&](const FallbackHdf5File& file, PacketWriter& out) {
    const RawChunk chunk = file.openDataset(object).readRawChunk(origin, maxBytes);
    out.number(chunk.stored);
    out.number(chunk.filterMask);
    out.bytes(chunk.bytes);
  });
  PacketReader in(answer);
  RawChunk chunk{.bytes = {}, .filterMask = 0, .stored = in.flag()};
  chunk.filterMask = static_cast<std::uint32_t>(in.number());
  const std::span<const std::byte> bytes = in.bytes();
  chunk.bytes.assign(bytes.begin(), bytes.end());
  return chunk;
}

void IsolatedHdf5File::readBox(const std::string& object, const i64vec3& origin, const i64vec3& size, VoxelType type,
                               std::span<std::byte> voxels) const {
  const auto answer = ask(voxels.size() + kPacketBytes, [&](const FallbackHdf5File& file, PacketWriter& out) {
    // The child's copy of the caller's memory.
    file.openDataset(object).readBox(origin, size, type, voxels);
    out.bytes(voxels);
  });
  const std::span<const std::byte> bytes = PacketReader(answer).bytes();
  if (bytes.size() != voxels.size())
    fail("the HDF5 library gives {} bytes of voxels, not {}", bytes.size(), voxels.size());
  std::ranges::copy(bytes, voxels.begin());
}

std::uint64_t IsolatedHdf5File::storageBytes(const std::string& object) const {
  const auto answer = ask(
      [&](const FallbackHdf5File& file, PacketWriter& out) { out.number(file.openDataset(object).storageBytes()); });
  return PacketReader(answer).number();
}

}  // namespace volary
