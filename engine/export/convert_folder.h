#pragma once

#include "storage/file_lock.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace volary {

/// The folder OUT.partial, which holds a conversion until it is whole:
///
///     plan.json   what is to be written; a run that would write something else does not join
///     data/       what will stand beside OUT, under the same names
///     sums/       what stages leave for the next; verify/ the same while the output is verified
///     done/       a file for each block that is stored, with what its writer needs to know to go on, if anything
///     lock        locked by the processes at work; finish.lock by the one that ends it
///
/// Invariant: what has a mark in done/ is whole in data/ and sums/, so any process can be killed at any time. (This
/// does not hold for a power cut.) All functions throw Error, naming the file, if something can't be read or written.
class ConvertFolder {
 public:
  enum class Sharing { alone, together };
  enum class Existing { join, discard };

  /// Touches nothing yet.
  explicit ConvertFolder(const std::filesystem::path& out) : out_(out), path_(pathFor(out)) {}
  ConvertFolder(const ConvertFolder&) = delete;
  ConvertFolder& operator=(const ConvertFolder&) = delete;

  /// Makes the folder, or joins it if it holds the same plan. Throws Error if it holds another plan, or if a process
  /// that does not share it is at work.
  void open(const std::string& plan, Sharing sharing, Existing existing);

  static std::filesystem::path pathFor(const std::filesystem::path& out);

  /// True if some block is done.
  bool holdsWork() const;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path data() const { return path_ / "data"; }
  std::filesystem::path sums() const { return path_ / "sums"; }
  std::filesystem::path verifySums() const { return path_ / "verify"; }

  void markDone(const std::string& block, std::span<const std::byte> note = {});
  bool isDone(const std::string& block) const;
  /// The note of a block that is done.
  std::vector<std::byte> readNote(const std::string& block) const;

  /// Waits until this process is the only one that may end the conversion. False if another has ended it meanwhile.
  bool lockFinish();
  void unlockFinish() noexcept { finishLock_.unlock(); }

  /// Moves `names` from data/ to OUT's folder, in this order, replacing what is there; then removes the folder.
  void publish(const std::vector<std::string>& names);

  /// Removes the folder with all in it.
  void remove() noexcept;

 private:
  void openMade(const std::string& plan, Sharing sharing, Existing existing);

  std::filesystem::path out_;
  std::filesystem::path path_;
  FileLock lock_;
  FileLock finishLock_;
};

}  // namespace volary
