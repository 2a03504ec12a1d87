#include "export/bdv_hdf5_file.h"

#include "base/error.h"
#include "hdf5_library/hdf5_library.h"
#include "storage/random_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

namespace volary {

namespace fs = std::filesystem;

// The file as HDF5's driver sees it. HDF5 1.10 can't close a file that it could not write, and crashes at exit; so its
// writes always succeed here, and check() asks whether they really did.
struct BdvHdf5Sink {
  std::optional<RandomFile> file;
  int errorNumber = 0;          ///< of the first write, or read, that failed; nothing is written after it
  bool closing = false;         ///< the file is closed unfinished: nothing is written any more
  bool repeating = false;       ///< chunks are there already, and are not written
  StoredChunk chunk;            ///< what was written last as voxels
  std::uint64_t leftBytes = 0;  ///< what an earlier process has left

  bool takesBytes() const { return errorNumber == 0 && !closing; }
};

namespace {

using Sink = BdvHdf5Sink;

struct SinkDriver {
  H5FD_t base;  // HDF5's own part, first
  Sink* sink;
  haddr_t allocated;
  haddr_t end;
};

SinkDriver& driverOf(H5FD_t* file) { return *reinterpret_cast<SinkDriver*>(file); }
const SinkDriver& driverOf(const H5FD_t* file) { return *reinterpret_cast<const SinkDriver*>(file); }

herr_t readSink(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t offset, size_t size, void* buffer) {
  const std::span<std::byte> out(static_cast<std::byte*>(buffer), size);
  Sink& sink = *driverOf(file).sink;
  const auto [bytes, errorNumber] = sink.file->readUpTo(offset, out);
  if (sink.errorNumber == 0) sink.errorNumber = errorNumber;
  std::ranges::fill(out.subspan(bytes), std::byte{0});  // what has never been written
  return 0;
}

herr_t writeSink(H5FD_t* file, H5FD_mem_t kind, hid_t, haddr_t offset, size_t size, const void* buffer) {
  SinkDriver& driver = driverOf(file);
  driver.end = std::max(driver.end, offset + size);
  if (kind == H5FD_MEM_DRAW) {
    driver.sink->chunk = {offset, size};
    if (driver.sink->repeating) return 0;
  }
  if (driver.sink->takesBytes())
    driver.sink->errorNumber = driver.sink->file->write(offset, {static_cast<const std::byte*>(buffer), size});
  return 0;
}

herr_t truncateSink(H5FD_t* file, hid_t, hbool_t) {
  SinkDriver& driver = driverOf(file);
  if (driver.sink->takesBytes()) driver.sink->errorNumber = driver.sink->file->truncate(driver.allocated);
  driver.end = driver.allocated;
  return 0;
}

H5FD_t* openSink(const char*, unsigned, hid_t access, haddr_t) {
  auto* driver = new (std::nothrow) SinkDriver{};
  if (driver) driver->sink = *static_cast<Sink* const*>(H5Pget_driver_info(access));
  return reinterpret_cast<H5FD_t*>(driver);
}

hid_t registerSinkDriver() {
  static const H5FD_class_t kDriver = [] {
    H5FD_class_t driver{};
#if H5_VERSION_GE(1, 13, 0)
    driver.version = H5FD_CLASS_VERSION;
    driver.value = static_cast<H5FD_class_value_t>(600);  // HDF5 gives out numbers up to 511
#endif
    driver.name = "volary_sink";
    driver.maxaddr = static_cast<haddr_t>(INT64_MAX);
    driver.fc_degree = H5F_CLOSE_STRONG;
    driver.fapl_size = sizeof(Sink*);
    driver.open = openSink;
    driver.close = [](H5FD_t* file) -> herr_t {
      delete &driverOf(file);
      return 0;
    };
    driver.query = [](const H5FD_t*, unsigned long* flags) -> herr_t {
      if (flags)
        *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
                 H5FD_FEAT_AGGREGATE_SMALLDATA;
      return 0;
    };
    driver.get_eoa = [](const H5FD_t* file, H5FD_mem_t) { return driverOf(file).allocated; };
    driver.set_eoa = [](H5FD_t* file, H5FD_mem_t, haddr_t end) -> herr_t {
      driverOf(file).allocated = end;
      return 0;
    };
    driver.get_eof = [](const H5FD_t* file, H5FD_mem_t) { return driverOf(file).end; };
    driver.read = readSink;
    driver.write = writeSink;
    driver.truncate = truncateSink;
    const H5FD_mem_t kinds[] = H5FD_FLMAP_DICHOTOMY;
    std::copy(std::begin(kinds), std::end(kinds), driver.fl_map);
    return driver;
  }();
  return H5FDregister(&kDriver);
}

// BigDataViewer stores unsigned 16 bit as signed, everything else as itself.
hid_t storedType(VoxelType type) {
  switch (type) {
    case VoxelType::uint8: return H5T_STD_U8LE;
    case VoxelType::int8: return H5T_STD_I8LE;
    case VoxelType::uint16:
    case VoxelType::int16: return H5T_STD_I16LE;
    case VoxelType::uint32: return H5T_STD_U32LE;
    case VoxelType::int32: return H5T_STD_I32LE;
    case VoxelType::uint64: return H5T_STD_U64LE;
    case VoxelType::int64: return H5T_STD_I64LE;
    case VoxelType::float32: return H5T_IEEE_F32LE;
    case VoxelType::float64: break;
  }
  return H5T_IEEE_F64LE;
}

// A two-dimensional table of `rows` rows with three columns.
bool writeTable(hid_t file, const std::string& path, hid_t type, hid_t memoryType, std::size_t rows,
                const void* values) {
  const std::array<hsize_t, 2> shape = {rows, 3};
  const Hdf5Handle space(H5Screate_simple(2, shape.data(), nullptr));
  const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE));
  const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_create_intermediate_group(links, 1);
  H5Pset_obj_track_times(creation, false);
  const Hdf5Handle table(H5Dcreate2(file, path.c_str(), type, space, links, creation, H5P_DEFAULT));
  return table >= 0 && H5Dwrite(table, memoryType, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
}

bool writeText(hid_t file, const std::string& path, const char* name, std::string_view text) {
  const Hdf5Handle group(H5Gopen2(file, path.c_str(), H5P_DEFAULT));
  const Hdf5Handle type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type, text.size());
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  const Hdf5Handle space(H5Screate(H5S_SCALAR));
  const Hdf5Handle attribute(H5Acreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
  return attribute >= 0 && H5Awrite(attribute, type, text.data()) >= 0;
}

// An empty chunked dataset with the filters of Fiji's exporter; HDF5 counts z, y, x.
hid_t createCells(hid_t file, const std::string& path, VoxelType type, const LevelInfo& level, int deflateLevel) {
  std::array<hsize_t, 3> size, chunk;
  for (int axis = 0; axis < 3; ++axis) {
    size[2 - axis] = static_cast<hsize_t>(level.sizeVoxels[axis]);
    chunk[2 - axis] = static_cast<hsize_t>(level.chunkVoxels[axis]);
  }
  const std::array<hsize_t, 3> endless = {H5S_UNLIMITED, H5S_UNLIMITED, H5S_UNLIMITED};
  const Hdf5Handle space(H5Screate_simple(3, size.data(), endless.data()));
  const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE));
  const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_create_intermediate_group(links, 1);
  H5Pset_obj_track_times(creation, false);
  H5Pset_chunk(creation, 3, chunk.data());
  const std::int64_t zero = 0;
  H5Pset_fill_value(creation, H5T_NATIVE_INT64, &zero);
  if (deflateLevel > 0) {
    if (isInteger(type))
      H5Pset_scaleoffset(creation, H5Z_SO_INT, H5Z_SO_INT_MINBITS_DEFAULT);
    else
      H5Pset_shuffle(creation);
    H5Pset_deflate(creation, static_cast<unsigned>(deflateLevel));
  }
  return H5Dcreate2(file, path.c_str(), storedType(type), space, links, creation, H5P_DEFAULT);
}

}  // namespace

BdvHdf5File::BdvHdf5File(const fs::path& path, int deflateLevel)
    : path_(path), temporary_(fs::path(path) += ".part"), deflateLevel_(deflateLevel) {
  const Hdf5Lock lock;
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  sink_ = std::make_unique<BdvHdf5Sink>();
  openSinkFile();
  static const hid_t kSinkDriver = registerSinkDriver();
  Sink* const sink = sink_.get();
  H5Pset_driver(access, kSinkDriver, &sink);
  file_ = H5Fcreate(temporary_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
  if (file_ >= 0) return;
  const std::string words = hdf5ErrorText();
  close();
  fail("{}: can't be created: {}", path_.string(), words);
}

BdvHdf5File::~BdvHdf5File() {
  const Hdf5Lock lock;
  close();
}

void BdvHdf5File::openSinkFile() {
  try {
    sink_->file = RandomFile::create(temporary_, RandomFile::Existing::keep);
  } catch (const Error& error) {
    fail("{}: can't be created: {}", path_.string(), error.what());
  }
  // If the file has lost its name meanwhile, whoever held the lock has committed it.
  const bool isTaken = sink_->file->lock() == RandomFile::Locked::byAnother || !fs::exists(temporary_);
  if (isTaken) fail("{}: another process is at work on this", path_.string());
  sink_->leftBytes = sink_->file->sizeBytes();
}

void BdvHdf5File::check(bool good, const char* what) const {
  if (sink_->errorNumber != 0)
    fail("{}: {} can't be written: {}", path_.string(), what, systemErrorText(sink_->errorNumber));
  if (!good) fail("{}: {} can't be written: {}", path_.string(), what, hdf5ErrorText());
}

void BdvHdf5File::close() noexcept {
  // What HDF5 would write now is of no use to whoever completes the file.
  sink_->closing = true;
  for (const std::int64_t cells : cells_) H5Dclose(cells);
  cells_.clear();
  if (file_ >= 0) H5Fclose(file_);
  file_ = -1;
  sink_->file.reset();
}

void BdvHdf5File::writeSetup(int setup, VoxelType type, std::span<const LevelInfo> levels) {
  const Hdf5Lock lock;
  std::vector<double> resolutions;
  std::vector<std::int32_t> subdivisions;
  for (const LevelInfo& level : levels)
    for (int axis = 0; axis < 3; ++axis) {
      resolutions.push_back(level.factor[axis]);
      subdivisions.push_back(level.chunkVoxels[axis]);
    }
  const std::string group = fmt::format("s{:02}", setup);
  check(
      writeTable(file_, group + "/resolutions", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, levels.size(), resolutions.data()) &&
          writeTable(file_, group + "/subdivisions", H5T_STD_I32LE, H5T_NATIVE_INT32, levels.size(),
                     subdivisions.data()) &&
          writeText(file_, group, "dataType", voxelTypeName(type)),
      "the table of levels");
}

void BdvHdf5File::finishImage() {
  while (!cells_.empty()) {
    const std::int64_t cells = cells_.back();
    cells_.pop_back();
    check(H5Dclose(cells) >= 0, "the voxels");
  }
  chunkVoxels_.clear();
}

void BdvHdf5File::beginImage(int timepoint, int setup, VoxelType type, std::span<const LevelInfo> levels) {
  const Hdf5Lock lock;
  finishImage();
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const std::string path = fmt::format("t{:05}/s{:02}/{}/cells", timepoint, setup, i);
    const hid_t cells = createCells(file_, path, type, levels[i], deflateLevel_);
    check(cells >= 0, path.c_str());
    cells_.push_back(cells);
    chunkVoxels_.push_back(levels[i].chunkVoxels);
  }
}

bool BdvHdf5File::placeChunk(std::size_t level, const i64vec3& chunk, std::span<const std::byte> encoded,
                             std::uint32_t filterMask) {
  std::array<hsize_t, 3> offset;
  for (int axis = 0; axis < 3; ++axis) offset[2 - axis] = static_cast<hsize_t>(chunk[axis] * chunkVoxels_[level][axis]);
  const bool placed =
      H5Dwrite_chunk(cells_[level], H5P_DEFAULT, filterMask, offset.data(), encoded.size(), encoded.data()) >= 0;
  sink_->chunk.filterMask = filterMask;
  return placed;
}

StoredChunk BdvHdf5File::writeChunk(std::size_t level, const i64vec3& chunk, std::span<const std::byte> encoded,
                                    std::uint32_t filterMask) {
  const Hdf5Lock lock;
  check(placeChunk(level, chunk, encoded, filterMask), "a chunk");
  return sink_->chunk;
}

void BdvHdf5File::repeatChunk(std::size_t level, const i64vec3& chunk, const StoredChunk& stored) {
  const Hdf5Lock lock;
  const bool isThere = stored.bytes <= sink_->leftBytes && stored.offset <= sink_->leftBytes - stored.bytes;
  if (isThere) {
    sink_->repeating = true;
    const std::vector<std::byte> bytes(static_cast<std::size_t>(stored.bytes));
    const bool placed = placeChunk(level, chunk, bytes, static_cast<std::uint32_t>(stored.filterMask));
    sink_->repeating = false;
    check(placed, "a chunk");
  }
  // Another version of HDF5's library may lay the file out in another way.
  if (!isThere || sink_->chunk != stored)
    fail("{}: this part of an unfinished conversion is missing or damaged; --force begins anew", temporary_.string());
}

void BdvHdf5File::linkImage(int timepoint, int setup, std::size_t levelCount, const std::string& file) {
  const Hdf5Lock lock;
  const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(links, 1);
  for (std::size_t i = 0; i < levelCount; ++i) {
    const std::string path = fmt::format("t{:05}/s{:02}/{}/cells", timepoint, setup, i);
    check(H5Lcreate_external(file.c_str(), path.c_str(), file_, path.c_str(), links, H5P_DEFAULT) >= 0, path.c_str());
  }
}

void BdvHdf5File::commit() {
  const Hdf5Lock lock;
  finishImage();
  const std::int64_t file = file_;
  file_ = -1;
  check(H5Fclose(file) >= 0, "the file");
  // Closed before the renaming, because a full disk may show only then, and locked until after it.
  int errorNumber = sink_->file->closeKeepingLock();
  if (errorNumber == 0 && std::rename(temporary_.c_str(), path_.c_str()) != 0) errorNumber = errno;
  if (errorNumber != 0) fail("{}: can't be written: {}", path_.string(), systemErrorText(errorNumber));
}

}  // namespace volary
