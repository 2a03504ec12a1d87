#pragma once

#include "sidecar/level_file.h"
#include "sidecar/sidecar_folder.h"
#include "sidecar/sidecar_plan.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace volary {

struct SidecarSettings {
  std::filesystem::path root = defaultSidecarRoot();
  std::uint64_t maxBytes = 20ull << 30;  ///< of all sidecars together
  std::uint64_t mostOverviewVoxels = kMostOverviewVoxels;
  int threads = 0;  ///< that build; 0 = one a core
  /// The builder yields to the loader's workers, which yield to the thread that draws.
  int niceness = 15;
  int planeNiceness = 10;  ///< of the threads that read the planes in view: the same as the loader's workers
  /// For tests: whether one more block of the source may be begun, after this many. The build asks until it may. Empty:
  /// always.
  std::function<bool(std::size_t blocksBegun)> mayBegin;
};

/// How far one sidecar is. Written by the thread that builds, read by any.
struct SidecarProgress {
  std::atomic<bool> waitsForOther = false;   ///< another process is making it
  std::atomic<std::uint64_t> bytesDone = 0;  ///< of the source's level, decoded
  std::uint64_t bytesInAll = 0;
};

/// Bytes of main memory that a build holds at most: blocks in the making, and chunks of the source.
std::uint64_t buildBytes(const PyramidJob& job, const SidecarSettings& settings);

/// Receives the progress of a build. The threads that build call it, the last two functions several at a time.
class SidecarWatcher {
 public:
  virtual ~SidecarWatcher() = default;
  /// From now on, chunks can be read from the file, later ones as they come.
  virtual void opened(std::shared_ptr<const LevelFile> levels) = 0;
  /// The file holds more chunks.
  virtual void grown() = 0;
  /// Chooses the block to make next, see BlockRunOptions::choose.
  virtual std::size_t choose(std::span<const BlockTask> tasks) = 0;
};

/// The job to build, and where its levels go.
struct SidecarOrder {
  const PyramidJob& job;
  const std::string& description;
  SidecarFolder& folder;
};

/// Makes the levels of one job in its folder, or goes on where an earlier process left off, and returns when they are
/// whole; waits while another process makes them. Reads only the source's coarsest level, once, and plane by plane if
/// the file consists of planes. Throws Error if it can't be done, and Interrupted once `stop` is true; what is done
/// stays, for the next time, unless the disk is full.
void buildSidecar(Source& source, const SidecarOrder& order, const SidecarSettings& settings,
                  const std::atomic<bool>& stop, SidecarProgress& progress, SidecarWatcher& watcher);

}  // namespace volary
