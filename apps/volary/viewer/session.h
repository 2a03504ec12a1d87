#pragma once

#include "gpu/device.h"
#include "paging/engine.h"
#include "pyramid/source.h"
#include "viewer/navigation.h"

#include <cstdint>
#include <memory>
#include <string>

namespace volary {

/// A dataset that was opened, with what its first picture needs.
struct OpenedFile {
  std::string location;
  std::unique_ptr<Source> source;
  ImageId image;        ///< to show first
  std::uint64_t bytesOnDisk = 0;
};

/// Opens `location` and looks at the coarsest level of the image to show: `wanted`'s if it is given, else the first one
/// that is there. Any thread. Throws Error.
OpenedFile openFile(const std::string& location, const View* wanted);

/// The dataset that the window shows, with the engine that draws it.
class Session {
 public:
  Session(gpu::Device& device, OpenedFile file, const EngineSettings& settings);

  const Dataset& dataset() const { return file_.source->dataset(); }
  const std::string& location() const { return file_.location; }
  std::uint64_t bytesOnDisk() const { return file_.bytesOnDisk; }
  Engine& engine() { return engine_; }

  View makeView(const ivec2& sizePx) const;

  ImageId imageOf(const View& view) const;
  bool isPresent(ImageId image) const;
  /// Throws Error if the image is missing or its metadata can't be read.
  const ImagePyramid& pyramid(ImageId image) const { return file_.source->pyramid(image); }
  SceneGeometry geometryOf(const View& view) const;

 private:
  OpenedFile file_;
  Engine engine_;
};

}  // namespace volary
