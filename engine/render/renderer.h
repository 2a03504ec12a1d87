#pragma once

#include "base/frame_memory.h"
#include "gpu/frame.h"
#include "gpu/unique.h"
#include "pyramid/dataset.h"
#include "pyramid/page_voxel.h"
#include "render/dense_level.h"
#include "render/feedback_buffer.h"
#include "render/jitter.h"
#include "render/overlay.h"
#include "render/picture.h"
#include "render/shader_code.h"
#include "render/volume_cache.h"
#include "scene/level_detail.h"
#include "scene/plane.h"
#include "scene/region.h"
#include "scene/transfer_function.h"
#include "scene/view.h"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace volary {

/// Whether rays skip what can't change the picture, which is the same with and without.
enum class Skipping { off, on };

/// What a pixel of a volume region holds: the colour that is seen, or, for tests and benchmarks, the number of samples
/// that the ray took, as three bytes in red, green and blue, least significant first.
enum class PixelMeaning { colour, sampleCount };

/// One of several pictures whose mean is shown, each with its samples elsewhere on the rays.
struct Jitter {
  int picture = 0;
  int pictures = 1;
  /// Set if the mean of this picture and of those before is shown; as large as the picture that is drawn into.
  const JitterBuffers* buffers = nullptr;
  bool addsUp = true;  ///< else it is shown alone
};

/// Everything that decides what is drawn, but for the bricks.
struct DrawInput {
  std::span<const ViewRegion> regions;  ///< in the picture's pixels; may lie partly outside of it
  dmat4 worldFromVoxel{1.0};            ///< of the full resolution grid
  const ImagePyramid* pyramid = nullptr;
  std::uint32_t imageIndex = 0;  ///< the image's index in the page table's list
  TexelScale valueFromTexel;
  ValueRange range;                   ///< contrast; min > max inverts
  dvec3 colour{1.0};                  ///< of the image; white shows it as it is
  RenderMode mode = RenderMode::mip;  ///< of volumes, and of slices with a thickness
  /// Samples on a ray for each voxel of a level that it crosses, measured along the ray. One is exact where a voxel is
  /// as large as a pixel; where voxels are larger, one leaves rings around steep edges.
  int samplesPerVoxel = 1;
  std::optional<Jitter> jitter;  ///< of volume regions
  Interpolation interpolation = Interpolation::trilinear;
  std::array<vec4, kTransferTableSize> transfer{};  ///< makeTransferTable(); used by RenderMode::dvr and iso alone
  /// World length that the transfer function's opacity is for; absent = the smallest edge of a full-resolution voxel.
  std::optional<double> opacityUnitWorld;
  std::optional<double> isoValue;     ///< see View; absent = the middle of the range
  double attenuation = 0.05;          ///< see View
  Lighting lighting = Lighting::off;  ///< of RenderMode::dvr
  std::optional<int> pinnedLevel;
  /// How fine the picture is meant to be: finer bricks, which other regions want, are not shown, and where the detail
  /// changes along a ray, levels fade into each other (see scene/level_detail.h). Absent, or if a level is pinned = the
  /// finest that is resident.
  std::optional<DetailRule> detail;
  /// Volume regions show these planes, as far as the image reaches: a ray ends, opaque, at the first of them. In world
  /// space. If the region gives them a thickness, a point of a plane shows the `slab` of the voxels along the plane's
  /// normal there.
  FrameVector<Plane> planes;
  Slab slab = Slab::maximum;
  vec4 background{0.0f, 0.0f, 0.0f, 1.0f};  ///< where no voxel is
  Skipping skipping = Skipping::on;
  PixelMeaning meaning = PixelMeaning::colour;
  /// If set, this is drawn instead of the cache, without skipping; `pinnedLevel` must be its level.
  const DenseLevel* dense = nullptr;
  bool marksGhosts = false;  ///< rays report which of the table's ghosts they reach
  /// They report ghosts of all levels, not only of the level that is shown: for a picture with fewer pixels than the
  /// one that the ghosts are wanted for.
  bool findsFinerGhosts = false;
  bool countsPixels = false;  ///< pixels are counted by how many levels coarser than wanted they are
  bool tintsPixels = false;   ///< and tinted accordingly
  /// Takes the reports; begun in this frame if there are ghosts to be marked or pixels to be counted.
  const FeedbackBuffer* feedback = nullptr;
  std::optional<PixelRect> onlyPx;  ///< draw these pixels alone; the others stay as they are
};

/// Several images in one picture. A projection or a slice of each is mixed with the others'. Compositing instead goes
/// through all images in one march along the ray, as through clouds in one space: the emission and absorption of all
/// add up, and `blend` is not used.
struct SceneInput {
  Shows shows = Shows::scene;
  /// All alike in regions, mode, background, planes, transfer function and onlyPx: the first one's count. In the order
  /// in which they are mixed; at least one.
  std::span<const DrawInput> images;
  Blend blend = Blend::sum;
  std::size_t guide = 0;  ///< the image whose extent bounds DrawInput::planes
};

/// The passes: rays and slices by compute shaders, lines by the rasteriser. One instance draws any number of pictures.
class Renderer {
 public:
  explicit Renderer(gpu::Device& device);
  ~Renderer();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  /// Begins to make the pipelines that draw() needs, on other threads; `input` may lack all that belongs to one image.
  /// True if they are there: then draw() does not wait.
  bool prepare(PageFormat format, Filtering filtering, const DrawInput& input, Shows shows = Shows::oneImage);

  /// How many pipelines have been drawn with: see ComputePipelines::usedCount().
  std::size_t pipelinesUsed() const;

  /// Records drawing the regions from the cache's current page table. A voxel is shown from its finest resident brick
  /// (if a level is pinned, from that level's brick, or else from the coarsest level's); where none is resident, the
  /// ray passes on. Pixels outside of all regions are not touched. Throws Error if an image has more than kMaxLevels
  /// levels.
  void draw(gpu::Frame& frame, VolumeCache& cache, Picture& picture, const SceneInput& input);
  /// The same for one image alone.
  void draw(gpu::Frame& frame, VolumeCache& cache, Picture& picture, const DrawInput& input);

  /// Records drawing lines, one pixel wide, blended over the picture and cut at each region's edge; with `onlyPx` over
  /// these pixels alone.
  void drawLines(gpu::Frame& frame, Picture& picture, std::span<const RegionLines> regions,
                 const std::optional<PixelRect>& onlyPx = std::nullopt);

  /// Records filling the picture with one colour.
  void clear(gpu::Frame& frame, Picture& picture, const vec4& colour);

 private:
  struct Passes;
  gpu::Device& device_;
  std::unique_ptr<Passes> passes_;
};

}  // namespace volary
