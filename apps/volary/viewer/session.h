#pragma once

#include "gpu/device.h"
#include "paging/engine.h"
#include "pyramid/source.h"
#include "sidecar/sidecar_source.h"
#include "viewer/navigation.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace volary {

/// A dataset that was opened, with what its first picture needs.
struct OpenedFile {
  std::string location;
  std::unique_ptr<Source> source;
  const SidecarSource* sidecar = nullptr;  ///< the source, if it has coarser levels of its own
  ImageId image;                           ///< to show first
  std::string size;                        ///< of its files, for people: "3.4 GB", "not stored"
};

/// Opens `location` and reads the metadata of the image to show: that of `wanted` if it is given, otherwise the first
/// one that is there. With `sidecar` it gets the coarser levels that the file lacks. Any thread. Throws Error.
OpenedFile openFile(const std::string& location, const View* wanted, const std::optional<SidecarSettings>& sidecar);

/// The dataset that the window shows, with the engine that draws it.
class Session {
 public:
  /// Begins with `wanted`, a saved view, if there is one. Otherwise channels of one image are shown together, tiles and
  /// angles one at a time. The window has `sizePx`.
  Session(gpu::Device& device, OpenedFile file, const EngineSettings& settings, const View* wanted,
          const ivec2& sizePx);

  const Dataset& dataset() const { return file_.source->dataset(); }
  const std::string& location() const { return file_.location; }
  const std::string& size() const { return file_.size; }
  Engine& engine() { return engine_; }

  const View& firstView() const { return firstView_; }
  /// See Engine::sceneBox().
  std::optional<Box3> sceneBox() const { return engine_.sceneBox(); }

  ImageId imageOf(const View& view) const;
  bool isPresent(ImageId image) const;
  /// Throws Error if the image is missing or its metadata can't be read.
  const ImagePyramid& pyramid(ImageId image) const { return file_.source->pyramid(image); }
  /// The state of the coarser levels that are built for the image.
  SidecarStatus sidecarOf(ImageId image) const {
    return file_.sidecar ? file_.sidecar->status(image) : SidecarStatus{};
  }
  SceneGeometry geometryOf(const View& view) const;

 private:
  View makeView(const ivec2& sizePx) const;
  View complete(View view) const;

  OpenedFile file_;
  Engine engine_;
  View firstView_;
};

}  // namespace volary
