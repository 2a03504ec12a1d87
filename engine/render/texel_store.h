#pragma once

#include "gpu/buffer.h"
#include "gpu/frame.h"
#include "gpu/image.h"
#include "pyramid/page_voxel.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace volary {

/// Who filters between texels; it decides how they lie on the device.
enum class Filtering {
  sampler,  ///< the GPU's sampler, from a 3-D image
  shader,   ///< the shaders, from a buffer: a software device calls a function for each texel of an image
};

/// The sampler if it can filter page voxels and gives the same result in every slot; otherwise the shaders.
Filtering chooseFiltering(const gpu::Device& device, PageFormat format);

struct TexelStoreSettings {
  PageFormat format = PageFormat::r16;
  int channels = 1;  ///< page voxels of a texel: 1 or 2
  Filtering filtering = Filtering::sampler;
  ivec3 slotTexels{1};  ///< the size of a slot
  ivec3 slotGrid{1};    ///< slots along each axis of the image; a buffer has them one after the other
  bool blocks = false;  ///< in a buffer: texels lie in blocks of 2 x 2 x 2; slotTexels are even then, and planes are
                        ///< written in pairs
  const char* name = "texels";
};

/// Whole planes of a slot, x fastest, on their way to the device.
struct TexelPlanes {
  std::uint32_t slot = 0;
  int first = 0;
  std::span<const std::byte> texels;
};

/// The same in memory that commands read, in the store's layout.
struct StagedPlanes {
  std::uint32_t slot = 0;
  int first = 0;
  int count = 0;
  gpu::Staging staging;
};

/// Slots of texels on the device, all of one size, as an image or as a buffer.
///
/// Slot i of an image lies at (i % grid.x, i / grid.x % grid.y, i / (grid.x * grid.y)) * slotTexels, in a buffer at i *
/// slotTexels.x * slotTexels.y * slotTexels.z texels: rows, or blocks, x fastest, whose texels are x fastest too. In
/// blocks of 16-bit texels, what filtering reads lies in 2.5 lines of a processor's cache, in rows in 4.1. Frames that
/// write a slot are ordered with those that read it.
class TexelStore {
 public:
  /// Throws Error if the device has no such image or buffer, or the memory is exhausted.
  TexelStore(gpu::Device& device, const TexelStoreSettings& settings);

  /// The grid with the most slots that fits `budgetBytes` and that the device allows; all zero if there is none.
  static ivec3 chooseGrid(const gpu::Device& device, const TexelStoreSettings& settings, std::uint64_t budgetBytes);

  /// Reads the texels into memory that frames can copy from.
  StagedPlanes stage(gpu::StagingMemory& memory, const TexelPlanes& planes) const;
  /// Records the copies.
  void copy(gpu::Frame& frame, std::span<const StagedPlanes> planes);
  /// Records what must come before the first reading, if nothing has been written.
  void prepare(gpu::Frame& frame);

  const TexelStoreSettings& settings() const { return settings_; }
  /// What the passes bind; a single texel if the store is a buffer.
  const gpu::Image& image() const { return image_; }
  /// Where the buffer lies, for shaders; 0 if the store is an image.
  VkDeviceAddress address() const { return buffer_.address(); }

 private:
  void copyToImage(gpu::Frame& frame, std::span<const StagedPlanes> planes);
  void copyToBuffer(gpu::Frame& frame, std::span<const StagedPlanes> planes);
  TexelStoreSettings settings_;
  gpu::Image image_;
  gpu::Buffer buffer_;
  bool imageReady_ = false;  // it has the layout in which it is used
};

}  // namespace volary
