#pragma once

#include "formats/hdf5_image/hdf5_questions.h"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace volary {

namespace os {
class ChildProcess;
}

/// A file as the HDF5 library sees it. The library crashes or hangs on some malformed files (1.10.8 on one in eight of
/// those published), so a process of its own, the *helper*, answers each question: it opens the file and reads only
/// what is asked. A helper is kept for the next question; if questions overlap, more helpers are started.
///
/// The first question costs some ten milliseconds, the next ones less than one, so this is for what our own reader does
/// not know. Once the library has hung, every further question is refused at once.
class GuardedHdf5File final : public Hdf5Questions {
 public:
  /// Throws Error, "FILE: cause", if the library does not open `file`.
  explicit GuardedHdf5File(std::filesystem::path file);
  ~GuardedHdf5File() override;

  bool exists(const std::string& object) const override;
  std::optional<Hdf5ExternalLink> findExternalLink(const std::string& object) const override;
  std::vector<std::string> children(const std::string& group, std::size_t maxNames) const override;
  std::optional<std::string> findStringAttribute(const std::string& object, const std::string& name) const override;
  std::vector<double> findNumbersAttribute(const std::string& object, const std::string& name,
                                           std::size_t maxValues) const override;
  Hdf5Table readTable(const std::string& object, std::size_t maxValues) const override;
  Hdf5DatasetInfo describe(const std::string& object) const override;
  RawChunk readRawChunk(const std::string& object, const i64vec3& origin, std::size_t maxBytes) const override;
  void readBox(const std::string& object, const i64vec3& origin, const i64vec3& size, VoxelType type,
               std::span<std::byte> voxels) const override;
  std::uint64_t storageBytes(const std::string& object) const override;

 private:
  using Helper = std::unique_ptr<os::ChildProcess>;
  Helper startHelper() const;
  Helper takeIdle() const;
  void giveBack(Helper helper) const;
  std::vector<std::byte> askHelper(std::span<const std::byte> question, std::size_t maxBytes) const;
  template <auto kQuestion, typename... Arguments>
  auto ask(std::size_t maxBytes, const Arguments&... arguments) const;

  std::filesystem::path path_;
  mutable std::atomic<bool> hasHung_ = false;
  mutable std::mutex mutex_;
  mutable std::vector<Helper> idle_;
};

/// The helper program: "volary-hdf5-helper" beside the running program, or what VOLARY_HDF5_HELPER names if that is not
/// ours (a Python interpreter).
std::filesystem::path hdf5HelperProgram();

}  // namespace volary
