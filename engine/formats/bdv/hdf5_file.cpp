#include "formats/bdv/hdf5_file.h"

#include "base/error.h"
#include "formats/bdv/child_process.h"

#include <hdf5.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <mutex>
#include <utility>

namespace volary {

namespace {

static_assert(sizeof(hid_t) == sizeof(std::int64_t));

/// Held while the library is called. The library also has a lock, where it is built thread-safe; it must not be needed.
class Lock {
 public:
  Lock() : lock_(mutex()) {
    // The error stack belongs to the thread where the library is thread-safe, so this can't be done once and for all.
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }

 private:
  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
  std::lock_guard<std::mutex> lock_;
};

/// The innermost entry of the library's error stack: the one that names the cause.
std::string libraryError() {
  std::string text;
  const auto take = [](unsigned, const H5E_error2_t* error, void* out) -> herr_t {
    auto& words = *static_cast<std::string*>(out);
    if (words.empty() && error->desc) words = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take, &text);
  H5Eclear2(H5E_DEFAULT);
  return text.empty() ? "the HDF5 library gives no reason" : text;
}

/// Like Hdf5Id, for use under the lock.
class LocalId {
 public:
  explicit LocalId(hid_t id) : id_(id) {}
  ~LocalId() {
    if (id_ >= 0) H5Idec_ref(id_);
  }
  LocalId(const LocalId&) = delete;
  LocalId& operator=(const LocalId&) = delete;
  operator hid_t() const { return id_; }
  hid_t release() { return std::exchange(id_, -1); }

 private:
  hid_t id_;
};

/// Access properties with which the library refuses to follow a link into another file, wherever it meets one: what a
/// stranger's file names is opened by our own rules only (regular files, found beside it when moved).
hid_t noExternalLinks(hid_t propertyClass) {
  const auto refuse = [](const char*, const char*, const char*, const char*, unsigned*, hid_t, void*) noexcept -> herr_t {
    return -1;
  };
  const hid_t properties = H5Pcreate(propertyClass);
  H5Pset_elink_cb(properties, refuse, nullptr);
  return properties;
}
/// Made once, under the lock, and closed by the library at exit.
hid_t linkAccess() {
  static const hid_t properties = noExternalLinks(H5P_LINK_ACCESS);
  return properties;
}
hid_t datasetAccess() {
  static const hid_t properties = noExternalLinks(H5P_DATASET_ACCESS);
  return properties;
}

hid_t nativeType(VoxelType type) {
  switch (type) {
    case VoxelType::uint8: return H5T_NATIVE_UINT8;
    case VoxelType::int8: return H5T_NATIVE_INT8;
    case VoxelType::uint16: return H5T_NATIVE_UINT16;
    case VoxelType::int16: return H5T_NATIVE_INT16;
    case VoxelType::uint32: return H5T_NATIVE_UINT32;
    case VoxelType::int32: return H5T_NATIVE_INT32;
    case VoxelType::uint64: return H5T_NATIVE_UINT64;
    case VoxelType::int64: return H5T_NATIVE_INT64;
    case VoxelType::float32: return H5T_NATIVE_FLOAT;
    case VoxelType::float64: break;
  }
  return H5T_NATIVE_DOUBLE;
}

struct StoredType {
  VoxelType type;
  bool bigEndian;
  bool isPlain;
};

/// The voxel type of an HDF5 type, under the lock; nothing if voxels can't have it (strings, compounds, odd widths).
std::optional<StoredType> findStoredType(hid_t type) {
  const H5T_class_t typeClass = H5Tget_class(type);
  const std::size_t bytes = H5Tget_size(type);
  const bool bigEndian = H5Tget_order(type) == H5T_ORDER_BE;
  if (typeClass == H5T_INTEGER) {
    if (H5Tget_precision(type) != 8 * bytes) return std::nullopt;
    const bool isSigned = H5Tget_sign(type) == H5T_SGN_2;
    switch (bytes) {
      case 1: return StoredType{isSigned ? VoxelType::int8 : VoxelType::uint8, bigEndian, true};
      case 2: return StoredType{isSigned ? VoxelType::int16 : VoxelType::uint16, bigEndian, true};
      case 4: return StoredType{isSigned ? VoxelType::int32 : VoxelType::uint32, bigEndian, true};
      case 8: return StoredType{isSigned ? VoxelType::int64 : VoxelType::uint64, bigEndian, true};
      default: return std::nullopt;
    }
  }
  if (typeClass != H5T_FLOAT) return std::nullopt;
  const auto is = [&](hid_t little, hid_t big) { return H5Tequal(type, little) > 0 || H5Tequal(type, big) > 0; };
  if (is(H5T_IEEE_F32LE, H5T_IEEE_F32BE)) return StoredType{VoxelType::float32, bigEndian, true};
  if (is(H5T_IEEE_F64LE, H5T_IEEE_F64BE)) return StoredType{VoxelType::float64, bigEndian, true};
  if (bytes <= 2) return StoredType{VoxelType::float32, bigEndian, false};
  return std::nullopt;
}

std::vector<Hdf5Filter> readFilters(hid_t properties) {
  std::vector<Hdf5Filter> filters;
  const int count = H5Pget_nfilters(properties);
  for (int i = 0; i < count; ++i) {
    unsigned flags = 0;
    std::array<unsigned, 64> values{};
    std::size_t valueCount = values.size();
    std::array<char, 64> name{};
    const H5Z_filter_t id = H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &valueCount, values.data(),
                                           name.size() - 1, name.data(), nullptr);
    if (id < 0) fail("its filters can't be read: {}", libraryError());
    filters.push_back({.id = id, .name = name.data(), .clientData = {}});
    filters.back().clientData.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(
                                                                         std::min(valueCount, values.size())));
  }
  return filters;
}

std::vector<std::byte> readFillValue(hid_t properties, hid_t type) {
  H5D_fill_value_t defined = H5D_FILL_VALUE_UNDEFINED;
  if (H5Pfill_value_defined(properties, &defined) < 0 || defined == H5D_FILL_VALUE_UNDEFINED) return {};
  std::vector<std::byte> value(H5Tget_size(type));
  if (H5Pget_fill_value(properties, type, value.data()) < 0) fail("its fill value can't be read: {}", libraryError());
  if (std::ranges::all_of(value, [](std::byte b) { return b == std::byte{0}; })) value.clear();
  return value;
}

/// Describes an open dataset, under the lock. Throws Error without a file's name.
Hdf5DatasetInfo describeDataset(hid_t dataset) {
  const LocalId space(H5Dget_space(dataset));
  const LocalId type(H5Dget_type(dataset));
  const LocalId properties(H5Dget_create_plist(dataset));
  if (space < 0 || type < 0 || properties < 0) fail("its description can't be read: {}", libraryError());

  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank != 3) fail("it has {} dimensions, not 3", rank);
  std::array<hsize_t, 3> zyx{};
  H5Sget_simple_extent_dims(space, zyx.data(), nullptr);
  // Bricks are counted in 32 bits.
  constexpr hsize_t kMaxExtent = 1u << 31;
  for (const hsize_t extent : zyx)
    if (extent == 0 || extent >= kMaxExtent) fail("its size {} x {} x {} is absurd", zyx[2], zyx[1], zyx[0]);

  const std::optional<StoredType> stored = findStoredType(type);
  if (!stored) fail("its voxels are not integers or floating-point numbers of a usual width");
  Hdf5DatasetInfo info{.sizeVoxels = {zyx[2], zyx[1], zyx[0]},
                       .chunkVoxels = std::nullopt,
                       .storedType = stored->type,
                       .bigEndian = stored->bigEndian,
                       .isPlain = stored->isPlain,
                       .filters = readFilters(properties),
                       .rawPartialChunks = false,
                       .fillValue = readFillValue(properties, type)};
  // Raw files beside the HDF5 file can be any file of the machine: what a stranger's file names is not read.
  if (H5Pget_external_count(properties) > 0) fail("its voxels stand in other raw files, which is not supported");
  if (H5Pget_layout(properties) == H5D_VIRTUAL) fail("its voxels are views of other datasets, which is not supported");
  if (H5Pget_layout(properties) == H5D_CHUNKED) {
    if (H5Pget_chunk(properties, 3, zyx.data()) != 3) fail("its chunk shape can't be read: {}", libraryError());
    info.chunkVoxels = i64vec3(zyx[2], zyx[1], zyx[0]);
    unsigned options = 0;
    if (H5Pget_chunk_opts(properties, &options) >= 0)
      info.rawPartialChunks = (options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS) != 0;
  }
  return info;
}

std::array<hsize_t, 3> zyxOf(const i64vec3& v) {
  return {static_cast<hsize_t>(v.z), static_cast<hsize_t>(v.y), static_cast<hsize_t>(v.x)};
}

/// Calls `visit(prefix, info)` for each link on the way to `object`, under the lock, until one is missing or is not a
/// plain link, or `visit` says false. True if the end was reached.
template <typename Visit>
bool walkLinks(hid_t file, const std::string& object, Visit visit) {
  for (std::size_t end = 0; end < object.size();) {
    end = std::min(object.find('/', end + 1), object.size());
    const std::string prefix = object.substr(0, end);
    if (prefix == "/") continue;
    if (H5Lexists(file, prefix.c_str(), linkAccess()) <= 0) return false;
    H5L_info_t info{};
    if (H5Lget_info(file, prefix.c_str(), &info, linkAccess()) < 0) return false;
    if (!visit(prefix, info)) return false;
  }
  return true;
}

}  // namespace

Hdf5Id::~Hdf5Id() {
  if (id_ < 0) return;
  const Lock lock;
  H5Idec_ref(id_);
}

Hdf5Id& Hdf5Id::operator=(Hdf5Id&& other) noexcept {
  std::swap(id_, other.id_);
  return *this;
}

RawChunk Hdf5Dataset::readRawChunk(const i64vec3& origin, std::size_t maxBytes) const {
  const std::array<hsize_t, 3> offset = zyxOf(origin);
  const Lock lock;
  hsize_t bytes = 0;
  RawChunk chunk;
  if (H5Dget_chunk_storage_size(dataset_.get(), offset.data(), &bytes) < 0) {
    // Only its words tell a chunk that was never written from a damaged index; asking for a list of the chunks that
    // there are would read all of the index each time.
    const std::string cause = libraryError();
    if (cause == "chunk storage is not allocated") return chunk;
    fail("{}", cause);
  }
  if (bytes == 0) return chunk;
  if (bytes > maxBytes) fail("the chunk is said to take {} bytes in the file, at most {} make sense", bytes, maxBytes);
  chunk.bytes.resize(bytes);
  if (H5Dread_chunk(dataset_.get(), H5P_DEFAULT, offset.data(), &chunk.filterMask, chunk.bytes.data()) < 0)
    fail("{}", libraryError());
  chunk.stored = true;
  if (info_.rawPartialChunks && glm::any(glm::greaterThan(origin + *info_.chunkVoxels, info_.sizeVoxels)))
    chunk.filterMask = ~0u;
  return chunk;
}

void Hdf5Dataset::readBox(const i64vec3& origin, const i64vec3& size, VoxelType type,
                          std::span<std::byte> voxels) const {
  const i64vec3 inside = glm::min(size, info_.sizeVoxels - origin);
  if (glm::any(glm::lessThan(origin, i64vec3(0))) || glm::any(glm::lessThanEqual(inside, i64vec3(0))))
    fail("the box lies outside the dataset");
  std::ranges::fill(voxels, std::byte{0});
  const std::array<hsize_t, 3> from = zyxOf(origin);
  const std::array<hsize_t, 3> count = zyxOf(inside);
  const std::array<hsize_t, 3> shape = zyxOf(size);
  const std::array<hsize_t, 3> zero{};
  const Lock lock;
  const LocalId fileSpace(H5Dget_space(dataset_.get()));
  const LocalId memorySpace(H5Screate_simple(3, shape.data(), nullptr));
  if (fileSpace < 0 || memorySpace < 0 ||
      H5Sselect_hyperslab(fileSpace, H5S_SELECT_SET, from.data(), nullptr, count.data(), nullptr) < 0 ||
      H5Sselect_hyperslab(memorySpace, H5S_SELECT_SET, zero.data(), nullptr, count.data(), nullptr) < 0 ||
      H5Dread(dataset_.get(), nativeType(type), memorySpace, fileSpace, H5P_DEFAULT, voxels.data()) < 0)
    fail("{}", libraryError());
}

std::uint64_t Hdf5Dataset::storageBytes() const {
  const Lock lock;
  return H5Dget_storage_size(dataset_.get());
}

Hdf5File::Hdf5File(const std::filesystem::path& file) : path_(file) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) fail("{}: {}", file.string(), systemErrorText(ENOENT));
  if (!std::filesystem::is_regular_file(status)) fail("{}: this is not a regular file", file.string());

  const Lock lock;
  const LocalId access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_file_locking(access, false, true);
  const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDONLY, access);
  if (id < 0) fail("{}: this is not a sound HDF5 file: {}", file.string(), libraryError());
  file_ = std::make_shared<const Hdf5Id>(id);
}

bool Hdf5File::exists(const std::string& object) const {
  const Lock lock;
  const bool reached = walkLinks(file_->get(), object, [](const std::string&, const H5L_info_t& info) {
    return info.type != H5L_TYPE_EXTERNAL;
  });
  // A soft link exists even where its target does not.
  return reached && H5Oexists_by_name(file_->get(), object.c_str(), linkAccess()) > 0;
}

std::optional<Hdf5ExternalLink> Hdf5File::findExternalLink(const std::string& object) const {
  const Lock lock;
  std::optional<Hdf5ExternalLink> found;
  walkLinks(file_->get(), object, [&](const std::string& prefix, const H5L_info_t& info) {
    if (info.type != H5L_TYPE_EXTERNAL) return true;
    std::vector<char> value(info.u.val_size);
    const char* file = nullptr;
    const char* target = nullptr;
    if (H5Lget_val(file_->get(), prefix.c_str(), value.data(), value.size(), linkAccess()) >= 0 &&
        H5Lunpack_elink_val(value.data(), value.size(), nullptr, &file, &target) >= 0)
      found = Hdf5ExternalLink{.file = file, .object = target + object.substr(prefix.size())};
    return false;
  });
  return found;
}

std::vector<std::string> Hdf5File::children(const std::string& group, std::size_t maxNames) const {
  struct Names {
    std::vector<std::string> names;
    std::size_t max;
  } result{{}, maxNames};
  const auto take = [](hid_t, const char* name, const H5L_info_t*, void* out) noexcept -> herr_t {
    auto& list = *static_cast<Names*>(out);
    list.names.emplace_back(name);
    return list.names.size() < list.max ? 0 : 1;
  };
  if (group != "/" && !exists(group)) return {};
  const Lock lock;
  H5Literate_by_name(file_->get(), group.c_str(), H5_INDEX_NAME, H5_ITER_INC, nullptr, take, &result, linkAccess());
  return std::move(result.names);
}

std::optional<std::string> Hdf5File::findStringAttribute(const std::string& object, const std::string& name) const {
  constexpr std::size_t kMaxBytes = 256;
  if (!exists(object)) return std::nullopt;
  const Lock lock;
  if (H5Aexists_by_name(file_->get(), object.c_str(), name.c_str(), linkAccess()) <= 0) return std::nullopt;
  const LocalId attribute(H5Aopen_by_name(file_->get(), object.c_str(), name.c_str(), H5P_DEFAULT, linkAccess()));
  if (attribute < 0) return std::nullopt;
  const LocalId type(H5Aget_type(attribute));
  const LocalId space(H5Aget_space(attribute));
  if (H5Tget_class(type) != H5T_STRING || H5Sget_simple_extent_npoints(space) != 1) return std::nullopt;
  if (H5Tis_variable_str(type) > 0) {
    char* text = nullptr;
    const LocalId memory(H5Tcopy(H5T_C_S1));
    H5Tset_size(memory, H5T_VARIABLE);
    H5Tset_cset(memory, H5Tget_cset(type));
    if (H5Aread(attribute, memory, &text) < 0 || !text) return std::nullopt;
    std::string result(text, strnlen(text, kMaxBytes));
    H5free_memory(text);
    return result;
  }
  const std::size_t bytes = H5Tget_size(type);
  if (bytes > kMaxBytes) return std::nullopt;
  std::array<char, kMaxBytes + 1> text{};
  if (H5Aread(attribute, type, text.data()) < 0) return std::nullopt;
  std::string result(text.data(), strnlen(text.data(), bytes));
  result.erase(result.find_last_not_of(' ') + 1);  // H5T_STR_SPACEPAD
  return result;
}

Hdf5Table Hdf5File::readTable(const std::string& object, std::size_t maxValues) const {
  const Lock lock;
  const auto refuse = [&](const std::string& cause) { fail("{}: {}: {}", path_.string(), object, cause); };
  const LocalId dataset(H5Dopen2(file_->get(), object.c_str(), datasetAccess()));
  if (dataset < 0) refuse(libraryError());
  const LocalId space(H5Dget_space(dataset));
  const LocalId type(H5Dget_type(dataset));
  const H5T_class_t typeClass = H5Tget_class(type);
  if (H5Sget_simple_extent_ndims(space) != 2 || (typeClass != H5T_INTEGER && typeClass != H5T_FLOAT))
    refuse("this is not a table of numbers");
  std::array<hsize_t, 2> shape{};
  H5Sget_simple_extent_dims(space, shape.data(), nullptr);
  if (shape[0] > maxValues || shape[1] > maxValues || shape[0] * shape[1] > maxValues)
    refuse(fmt::format("a table of {} x {} numbers is absurd here", shape[0], shape[1]));
  Hdf5Table table{.rows = shape[0], .columns = shape[1], .values = std::vector<double>(shape[0] * shape[1])};
  if (!table.values.empty() &&
      H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, table.values.data()) < 0)
    refuse(libraryError());
  return table;
}

Hdf5Dataset Hdf5File::openDataset(const std::string& object) const {
  Hdf5Dataset result;
  const Lock lock;
  try {
    LocalId dataset(H5Dopen2(file_->get(), object.c_str(), datasetAccess()));
    if (dataset < 0) fail("{}", libraryError());
    result.info_ = describeDataset(dataset);
    result.file_ = file_;
    result.dataset_ = Hdf5Id(dataset.release());
  } catch (const Error& error) {
    fail("{}: {}: {}", path_.string(), object, error.what());
  }
  return result;
}

namespace {

// Long enough for thousands of objects, short enough to go unnoticed when a file is opened.
constexpr std::chrono::milliseconds kProbeTime(150);
// A disk that has to spin up, or a file server, may take seconds over the first byte.
constexpr std::chrono::milliseconds kProbeTimeout(10'000);

/// Looks at one object as opening and reading it will.
herr_t probeObject(hid_t file, const char* name, const H5O_info_t* info, void* deadline) noexcept {
  if (std::chrono::steady_clock::now() > *static_cast<std::chrono::steady_clock::time_point*>(deadline)) return 1;
  if (info->type == H5O_TYPE_GROUP) {
    const LocalId attribute(H5Aopen_by_name(file, name, "dataType", H5P_DEFAULT, linkAccess()));
    if (attribute >= 0) LocalId(H5Aget_type(attribute));
  }
  if (info->type != H5O_TYPE_DATASET) return 0;
  const LocalId dataset(H5Dopen2(file, name, datasetAccess()));
  if (dataset < 0) return 0;
  try {
    const Hdf5DatasetInfo described = describeDataset(dataset);
    std::array<hsize_t, 3> origin{};
    hsize_t bytes = 0;
    if (described.chunkVoxels) H5Dget_chunk_storage_size(dataset, origin.data(), &bytes);
    H5Dget_storage_size(dataset);  // walks the index of chunks
  } catch (const Error&) {
    // Not voxels: one of the tables.
    const LocalId space(H5Dget_space(dataset));
    std::array<double, 256> values{};
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    if (count > 0 && count <= static_cast<hssize_t>(values.size()))
      H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  }
  return 0;
}

/// In the child, which has no other threads, under the lock of the parent's.
void probeObjects(const std::filesystem::path& path) {
  const LocalId access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_file_locking(access, false, true);
  const LocalId file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access));
  if (file < 0) return;
  auto deadline = std::chrono::steady_clock::now() + kProbeTime;
  H5Ovisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, probeObject, &deadline);
}

}  // namespace

void probeHdf5(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return;  // opening it says why
  std::optional<ChildProcess> child;
  {
    const Lock lock;
    child.emplace([&file] { probeObjects(file); });
  }
  switch (child->wait(kProbeTimeout)) {
    case ChildProcess::End::done: return;
    case ChildProcess::End::crashed:
      fail("{}: this HDF5 file is damaged: it makes the HDF5 library crash", file.string());
    case ChildProcess::End::hung:
      fail("{}: this HDF5 file is damaged, or too slow to read: the HDF5 library does not come back", file.string());
  }
}

bool hasHdf5Signature(const std::filesystem::path& file) {
  constexpr std::array<char, 8> kSignature = {'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
  std::ifstream stream(file, std::ios::binary);
  std::array<char, 8> bytes{};
  for (std::uint64_t offset = 0; stream.seekg(static_cast<std::streamoff>(offset)) &&
                                 stream.read(bytes.data(), bytes.size());
       offset = std::max<std::uint64_t>(512, 2 * offset))
    if (bytes == kSignature) return true;
  return false;
}

}  // namespace volary
