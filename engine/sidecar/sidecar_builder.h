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
  int planeNiceness = 10;  ///< of whoever reads the planes in view: as the loader's workers
  /// For tests: may one more block of the source be begun, after so many? The build asks until it may. Empty: it may.
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

/// Receives the progress of a build. Called by the threads that build, the last two functions by several at a time.
class SidecarWatcher {
 public:
  virtual ~SidecarWatcher() = default;
  /// The chunks in the file can be read from now on, later ones as they come.
  virtual void opened(std::shared_ptr<const LevelFile> levels) = 0;
  /// It holds more.
  virtual void grown() = 0;
  /// Which block to make next, see BlockRunOptions.
  virtual std::size_t choose(std::span<const BlockTask> tasks) = 0;
};

/// The job to build, and where its levels go.
struct SidecarOrder {
  const PyramidJob& job;
  const std::string& description;
  SidecarFolder& folder;
};

/// Makes the levels of one job in its folder, or goes on where a process before left off, and returns when they are
/// whole; waits while another process makes them. All reading is of the source's coarsest level, once, plane by plane
/// where the file has planes. Throws Error if it can't be done, and Interrupted once `stop` is true; what is done
/// stays, for the next time, unless the disk is full.
void buildSidecar(Source& source, const SidecarOrder& order, const SidecarSettings& settings,
                  const std::atomic<bool>& stop, SidecarProgress& progress, SidecarWatcher& watcher);

}  // namespace volary
