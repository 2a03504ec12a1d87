#pragma once

#include "build/downsampling.h"
#include "export/if_exists.h"
#include "pyramid/source.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Any source as BigDataViewer XML/HDF5 or OME-Zarr, with a pyramid that is made from its finest level.
namespace volary {

/// Which images share one HDF5 file.
enum class BdvPartitioning { none, setup, timepoint, both };

/// 0.4 uses Zarr version 2, 0.5 version 3.
enum class OmeZarrVersion { v04, v05 };

/// How chunks of OME-Zarr are compressed: Zstandard (level 3), Blosc (LZ4 of level 5 after a byte shuffle), gzip (level
/// 6), or not at all.
enum class ZarrCodec { zstd, blosc, gzip, raw };

/// A box of voxels with open ends; half-open, [begin, end), along x, y, z.
struct CropBox {
  std::array<std::optional<std::int64_t>, 3> begin;
  std::array<std::optional<std::int64_t>, 3> end;
};

/// Process `index` of `count` processes that work on one output.
struct ConvertWorker {
  int index = 0;
  int count = 1;
};

struct ConvertProgress {
  std::uint64_t doneBytes = 0;  ///< voxels of level 0 that were read, in bytes; also those that an earlier run did
  std::uint64_t totalBytes = 0;
  std::uint64_t skippedBytes = 0;  ///< of doneBytes: what an earlier run or another process did
  bool verifying = false;
};

struct ConvertOptions {
  // What is taken from the source.
  std::vector<int> setups;      ///< ids; empty: all
  std::vector<int> timepoints;  ///< ids; empty: all
  int sourceLevel = 0;          ///< becomes level 0
  CropBox box;                  ///< in voxels of that level
  std::optional<dvec3> voxelSize;
  std::optional<std::string> unit;

  // The pyramid.
  Downsampling how = Downsampling::mean;
  std::vector<i64vec3>
      factors;  ///< against level 0, finest first, each a multiple of the one before; empty: proposeLevels()
  std::vector<ivec3> chunks;      ///< one for all levels or one for each; empty: proposed
  std::optional<int> levelCount;  ///< at most this many levels

  // BigDataViewer.
  int deflateLevel = 6;
  BdvPartitioning partitioning = BdvPartitioning::none;

  // OME-Zarr.
  OmeZarrVersion omeZarrVersion = OmeZarrVersion::v04;
  ZarrCodec codec = ZarrCodec::zstd;
  /// Size of a shard of level 0, a file of many chunks; shards of coarser levels are the same box in space, as far as
  /// that holds whole chunks. Only in 0.5.
  std::optional<i64vec3> shardVoxels;

  // How it is done.
  std::uint64_t memoryBytes = std::uint64_t{1} << 30;
  int threads = 0;  ///< 0: one per core
  IfExists ifExists = IfExists::refuse;
  bool resume = false;  ///< go on with what an earlier run left
  std::optional<ConvertWorker> worker;
  bool verify = false;  ///< read the output back and compare, before it gets its name
  bool checkDisk = true;
  const std::atomic<bool>* stop = nullptr;  ///< true: end soon with Interrupted, keeping what can be resumed
  std::function<void(const ConvertProgress&)> progress;  ///< any thread, one call at a time
};

struct ConvertReport {
  enum class State { finished, othersAtWork, wasFinished } state = State::finished;
  std::size_t images = 0;
  std::size_t levels = 0;          ///< of the first image
  std::uint64_t voxelBytes = 0;    ///< of level 0 of all images
  std::uint64_t bytesWritten = 0;  ///< of the whole output
  std::vector<std::string> warnings;
};

/// Writes `source` to `out`, whose ending decides the format: .xml or .h5 = BigDataViewer XML/HDF5, both files; .zarr =
/// OME-Zarr. In OME-Zarr, setups with the same voxel grid become channels of one image, others images of their own.
///
/// Level 0 has the source's voxels, bit for bit; `how` decides the other levels. Until all is written, everything is in
/// the folder `out`.partial, which is then removed; it stays if there is something to resume. The bytes depend on the
/// source, on the options that decide what is written, and on memoryBytes, but not on the threads.
///
/// Throws Error if something exists that may not be replaced, if the source can't be read, the disk is full or
/// verifying finds a difference; Interrupted when stopped.
ConvertReport convertDataset(Source& source, const std::filesystem::path& out, const ConvertOptions& options);

/// True if the name has an ending that convertDataset() knows.
bool isConvertOutput(const std::filesystem::path& out);

}  // namespace volary
