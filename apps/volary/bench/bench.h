#pragma once

#include "options/command_line.h"
#include "pyramid/dataset.h"
#include "pyramid/source.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace volary {

struct IoBenchSettings {
  int threads = 0;  ///< the most: 1, 2, 4 ... are measured up to it; 0 = one per core
  int passes = 5;   ///< of each way; each pass is timed as a whole
};

/// The ways from a file to voxels that are compared. A pass of each touches every chunk of the level once.
enum class IoPath {
  library,  ///< the format's library, one call for each chunk (H5Dread)
  limit,    ///< one system call and the decoders for each chunk, in memory that is kept: nothing can be faster
  chunks,   ///< our way to decoded chunks, Source::readChunks and decodeChunk
  bricks,   ///< our way to finished bricks: the Loader, with an empty host cache whose memory is allocated
};
inline constexpr std::array<IoPath, 4> kIoPaths = {IoPath::library, IoPath::limit, IoPath::chunks, IoPath::bricks};

/// Seconds of the passes of one way, in the order in which they ran.
struct PathTimes {
  std::vector<double> seconds;
  double best() const;
  double median() const;
};

/// All ways under one condition. Their passes take turns, so that whatever else the machine does affects them alike.
struct IoBenchRun {
  bool cold = false;  ///< the kernel was made to forget the file before each pass
  int threads = 1;
  std::array<PathTimes, kIoPaths.size()> times;  ///< by IoPath
  const PathTimes& of(IoPath path) const { return times[static_cast<std::size_t>(path)]; }
};

struct IoBenchReport {
  ImageId image;
  int level = 0;
  VoxelType voxelType = VoxelType::uint16;
  LevelInfo info;
  std::string voxelFile;  ///< the file that holds the chunks
  std::uint64_t chunks = 0;
  std::uint64_t bricks = 0;
  std::uint64_t voxelBytes = 0;  ///< of the level, decoded: all speeds count these, for every way
  std::uint64_t bytesStored = 0;
  std::uint64_t loaderBytesRead = 0;  ///< in one pass to bricks
  std::vector<IoBenchRun> runs;
  std::string coldNote;  ///< why there is no cold run; empty if there is
};

/// Compares the ways from the chunks of one level to voxels, after a check that they give the same voxels: page cache
/// warm and, where the kernel can be made to forget the file, cold; on 1, 2, 4 ... threads. Throws Error if the source
/// has no such chunks, or the ways differ.
IoBenchReport measureIo(Source& source, ImageId image, int level, const IoBenchSettings& settings);

/// For people, and as one JSON object.
std::string makeIoBenchText(const Source& source, const IoBenchReport& report);
std::string makeIoBenchJson(const Source& source, const IoBenchReport& report);

// Add the other commands to `volary bench`.
void addBenchConvert(CLI::App& bench, Command& chosen);
void addBenchFly(CLI::App& bench, Command& chosen);
void addBenchOpen(CLI::App& bench, Command& chosen);
void addBenchRender(CLI::App& bench, Command& chosen);
void addBenchSidecar(CLI::App& bench, Command& chosen);
void addBenchWindow(CLI::App& bench, Command& chosen);

}  // namespace volary
