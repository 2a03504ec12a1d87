#pragma once

#include "formats/hdf5_image/hdf5_packet.h"
#include "formats/hdf5_image/hdf5_types.h"
#include "pyramid/source.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace volary {

class FallbackHdf5File;

/// A file as the HDF5 library sees it, which crashes or hangs on some malformed files (1.10.8 on one in eight of those
/// published): each question is answered by a child process that opens the file, reads just what is asked, and ends.
///
/// A question costs some milliseconds, so this is for what our own reader does not know. Any thread; questions may
/// overlap. Once the library has hung, every further question is refused at once.
class IsolatedHdf5File {
 public:
  /// Throws Error, "FILE: cause", if the library does not open `file`.
  explicit IsolatedHdf5File(std::filesystem::path file);

  /// These are FallbackHdf5File's.
  bool exists(const std::string& object) const;
  std::optional<Hdf5ExternalLink> findExternalLink(const std::string& object) const;
  std::vector<std::string> children(const std::string& group, std::size_t maxNames) const;
  std::optional<std::string> findStringAttribute(const std::string& object, const std::string& name) const;
  std::vector<double> findNumbersAttribute(const std::string& object, const std::string& name,
                                           std::size_t maxValues) const;
  Hdf5Table readTable(const std::string& object, std::size_t maxValues) const;

  /// FallbackHdf5Dataset's, of one object. Errors name the file where the library goes astray.
  Hdf5DatasetInfo describe(const std::string& object) const;
  RawChunk readRawChunk(const std::string& object, const i64vec3& origin, std::size_t maxBytes) const;
  void readBox(const std::string& object, const i64vec3& origin, const i64vec3& size, VoxelType type,
               std::span<std::byte> voxels) const;
  std::uint64_t storageBytes(const std::string& object) const;

 private:
  using Work = std::function<void(const FallbackHdf5File&, PacketWriter&)>;
  std::vector<std::byte> ask(std::size_t maxBytes, const Work& work) const;
  std::vector<std::byte> ask(const Work& work) const;

  std::filesystem::path path_;
  mutable std::atomic<bool> hasHung_ = false;
};

}  // namespace volary
