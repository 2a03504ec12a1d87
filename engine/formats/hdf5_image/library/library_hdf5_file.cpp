#include "formats/hdf5_image/library/library_hdf5_file.h"

#include "base/error.h"
#include "formats/hdf5_image/library/hdf5_describe.h"
#include "formats/hdf5_image/library/library_access.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace volary {

namespace {

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
    if (H5Lexists(file, prefix.c_str(), hdf5LinkAccess()) <= 0) return false;
    H5L_info_t info{};
    if (H5Lget_info(file, prefix.c_str(), &info, hdf5LinkAccess()) < 0) return false;
    if (!visit(prefix, info)) return false;
  }
  return true;
}

}  // namespace

Hdf5Id::~Hdf5Id() {
  if (id_ < 0) return;
  const Hdf5Lock lock;
  H5Idec_ref(id_);
}

Hdf5Id& Hdf5Id::operator=(Hdf5Id&& other) noexcept {
  std::swap(id_, other.id_);
  return *this;
}

RawChunk LibraryHdf5Dataset::readRawChunk(const i64vec3& origin, std::size_t maxBytes) const {
  const std::array<hsize_t, 3> offset = zyxOf(origin);
  const Hdf5Lock lock;
  hsize_t bytes = 0;
  RawChunk chunk;
  if (H5Dget_chunk_storage_size(dataset_.get(), offset.data(), &bytes) < 0) {
    // Only the library's words distinguish a chunk that was never written from a damaged index; asking for a list of
    // all chunks would read the whole index each time.
    const std::string cause = hdf5ErrorText();
    if (cause == "chunk storage is not allocated") return chunk;
    fail("{}", cause);
  }
  if (bytes == 0) return chunk;
  if (bytes > maxBytes) fail("the chunk is said to take {} bytes in the file, at most {} make sense", bytes, maxBytes);
  chunk.bytes.resize(bytes);
  if (H5Dread_chunk(dataset_.get(), H5P_DEFAULT, offset.data(), &chunk.filterMask, chunk.bytes.data()) < 0)
    fail("{}", hdf5ErrorText());
  chunk.stored = true;
  if (info_.rawPartialChunks && glm::any(glm::greaterThan(origin + *info_.chunkVoxels, info_.sizeVoxels)))
    chunk.filterMask = ~0u;
  return chunk;
}

void LibraryHdf5Dataset::readBox(const i64vec3& origin, const i64vec3& size, VoxelType type,
                                 std::span<std::byte> voxels) const {
  const i64vec3 inside = glm::min(size, info_.sizeVoxels - origin);
  if (glm::any(glm::lessThan(origin, i64vec3(0))) || glm::any(glm::lessThanEqual(inside, i64vec3(0))))
    fail("the box lies outside the dataset");
  if (inside != size) std::ranges::fill(voxels, std::byte{0});
  const std::array<hsize_t, 3> from = zyxOf(origin);
  const std::array<hsize_t, 3> count = zyxOf(inside);
  const std::array<hsize_t, 3> shape = zyxOf(size);
  const std::array<hsize_t, 3> zero{};
  const Hdf5Lock lock;
  const Hdf5Handle fileSpace(H5Dget_space(dataset_.get()));
  const Hdf5Handle memorySpace(H5Screate_simple(3, shape.data(), nullptr));
  if (fileSpace < 0 || memorySpace < 0 ||
      H5Sselect_hyperslab(fileSpace, H5S_SELECT_SET, from.data(), nullptr, count.data(), nullptr) < 0 ||
      H5Sselect_hyperslab(memorySpace, H5S_SELECT_SET, zero.data(), nullptr, count.data(), nullptr) < 0 ||
      H5Dread(dataset_.get(), nativeType(type), memorySpace, fileSpace, H5P_DEFAULT, voxels.data()) < 0)
    fail("{}", hdf5ErrorText());
}

std::uint64_t LibraryHdf5Dataset::storageBytes() const {
  const Hdf5Lock lock;
  return H5Dget_storage_size(dataset_.get());
}

LibraryHdf5File::LibraryHdf5File(const std::filesystem::path& file) : path_(file) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) fail("{}: {}", file.string(), systemErrorText(ENOENT));
  if (!std::filesystem::is_regular_file(status)) fail("{}: this is not a regular file", file.string());

  const Hdf5Lock lock;
  const hid_t id = openHdf5(file.c_str());
  if (id < 0) fail("{}: this is not a sound HDF5 file: {}", file.string(), hdf5ErrorText());
  file_ = std::make_shared<const Hdf5Id>(id);
}

bool LibraryHdf5File::exists(const std::string& object) const {
  const Hdf5Lock lock;
  const bool reached = walkLinks(
      file_->get(), object, [](const std::string&, const H5L_info_t& info) { return info.type != H5L_TYPE_EXTERNAL; });
  // A soft link exists even where its target does not.
  return reached && H5Oexists_by_name(file_->get(), object.c_str(), hdf5LinkAccess()) > 0;
}

std::optional<Hdf5ExternalLink> LibraryHdf5File::findExternalLink(const std::string& object) const {
  const Hdf5Lock lock;
  std::optional<Hdf5ExternalLink> found;
  walkLinks(file_->get(), object, [&](const std::string& prefix, const H5L_info_t& info) {
    if (info.type != H5L_TYPE_EXTERNAL) return true;
    std::vector<char> value(info.u.val_size);
    const char* file = nullptr;
    const char* target = nullptr;
    if (H5Lget_val(file_->get(), prefix.c_str(), value.data(), value.size(), hdf5LinkAccess()) >= 0 &&
        H5Lunpack_elink_val(value.data(), value.size(), nullptr, &file, &target) >= 0)
      found = Hdf5ExternalLink{.file = file, .object = target + object.substr(prefix.size())};
    return false;
  });
  return found;
}

std::vector<std::string> LibraryHdf5File::children(const std::string& group, std::size_t maxNames) const {
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
  const Hdf5Lock lock;
  H5Literate_by_name(file_->get(), group.c_str(), H5_INDEX_NAME, H5_ITER_INC, nullptr, take, &result, hdf5LinkAccess());
  return std::move(result.names);
}

std::optional<std::string> LibraryHdf5File::findStringAttribute(const std::string& object,
                                                                const std::string& name) const {
  constexpr std::size_t kMaxBytes = 256;
  if (!exists(object)) return std::nullopt;
  const Hdf5Lock lock;
  if (H5Aexists_by_name(file_->get(), object.c_str(), name.c_str(), hdf5LinkAccess()) <= 0) return std::nullopt;
  const Hdf5Handle attribute(
      H5Aopen_by_name(file_->get(), object.c_str(), name.c_str(), H5P_DEFAULT, hdf5LinkAccess()));
  if (attribute < 0) return std::nullopt;
  const Hdf5Handle type(H5Aget_type(attribute));
  const Hdf5Handle space(H5Aget_space(attribute));
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  if (H5Tget_class(type) != H5T_STRING || count < 1) return std::nullopt;
  if (H5Tis_variable_str(type) > 0) {
    if (count != 1) return std::nullopt;
    char* text = nullptr;
    const Hdf5Handle memory(H5Tcopy(H5T_C_S1));
    H5Tset_size(memory, H5T_VARIABLE);
    H5Tset_cset(memory, H5Tget_cset(type));
    if (H5Aread(attribute, memory, &text) < 0 || !text) return std::nullopt;
    std::string result(text, strnlen(text, kMaxBytes));
    H5free_memory(text);
    return result;
  }
  // An array of strings is joined, as Imaris writes a text letter by letter.
  const std::size_t bytes = H5Tget_size(type);
  if (bytes == 0 || static_cast<std::size_t>(count) > kMaxBytes / bytes) return std::nullopt;
  std::array<char, kMaxBytes> text{};
  if (H5Aread(attribute, type, text.data()) < 0) return std::nullopt;
  std::string result;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    result.append(text.data() + i * bytes, strnlen(text.data() + i * bytes, bytes));
  result.erase(result.find_last_not_of(' ') + 1);  // H5T_STR_SPACEPAD
  return result;
}

std::vector<double> LibraryHdf5File::findNumbersAttribute(const std::string& object, const std::string& name,
                                                          std::size_t maxValues) const {
  if (!exists(object)) return {};
  const Hdf5Lock lock;
  if (H5Aexists_by_name(file_->get(), object.c_str(), name.c_str(), hdf5LinkAccess()) <= 0) return {};
  const Hdf5Handle attribute(
      H5Aopen_by_name(file_->get(), object.c_str(), name.c_str(), H5P_DEFAULT, hdf5LinkAccess()));
  if (attribute < 0) return {};
  const Hdf5Handle type(H5Aget_type(attribute));
  const Hdf5Handle space(H5Aget_space(attribute));
  const H5T_class_t kind = H5Tget_class(type);
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  if ((kind != H5T_INTEGER && kind != H5T_FLOAT) || count < 1 || static_cast<std::size_t>(count) > maxValues) return {};
  std::vector<double> values(static_cast<std::size_t>(count));
  if (H5Aread(attribute, H5T_NATIVE_DOUBLE, values.data()) < 0) return {};
  return values;
}

Hdf5Table LibraryHdf5File::readTable(const std::string& object, std::size_t maxValues) const {
  const Hdf5Lock lock;
  const auto refuse = [&](const std::string& cause) { fail("{}: {}: {}", path_.string(), object, cause); };
  const Hdf5Handle dataset(H5Dopen2(file_->get(), object.c_str(), hdf5DatasetAccess()));
  if (dataset < 0) refuse(hdf5ErrorText());
  const Hdf5Handle space(H5Dget_space(dataset));
  const Hdf5Handle type(H5Dget_type(dataset));
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
    refuse(hdf5ErrorText());
  return table;
}

LibraryHdf5Dataset LibraryHdf5File::openDataset(const std::string& object) const {
  LibraryHdf5Dataset result;
  const Hdf5Lock lock;
  try {
    Hdf5Handle dataset(H5Dopen2(file_->get(), object.c_str(), hdf5DatasetAccess()));
    if (dataset < 0) fail("{}", hdf5ErrorText());
    result.info_ = describeHdf5Dataset(dataset);
    result.file_ = file_;
    result.dataset_ = Hdf5Id(dataset.release());
  } catch (const Error& error) {
    fail("{}: {}: {}", path_.string(), object, error.what());
  }
  return result;
}

Hdf5DatasetInfo LibraryHdf5File::describe(const std::string& object) const { return openDataset(object).info(); }

RawChunk LibraryHdf5File::readRawChunk(const std::string& object, const i64vec3& origin, std::size_t maxBytes) const {
  return openDataset(object).readRawChunk(origin, maxBytes);
}

void LibraryHdf5File::readBox(const std::string& object, const i64vec3& origin, const i64vec3& size, VoxelType type,
                              std::span<std::byte> voxels) const {
  openDataset(object).readBox(origin, size, type, voxels);
}

std::uint64_t LibraryHdf5File::storageBytes(const std::string& object) const {
  return openDataset(object).storageBytes();
}

}  // namespace volary
