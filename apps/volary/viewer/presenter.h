#pragma once

#include "gpu/frame.h"
#include "render/picture.h"
#include "viewer/swapchain.h"
#include "viewer/ui/ui_layer.h"
#include "viewer/window.h"

namespace volary {

/// Brings frames to the window: the picture below, the panels over it.
///
/// begin() -> record what draws the picture -> UI between ui().beginFrame() and endFrame() -> finish(). Every frame
/// that was begun is finished, or abandoned by an exception.
class Presenter {
 public:
  Presenter(gpu::Device& device, Window& window);

  gpu::Frame& begin() { return frames_.begin(); }

  /// Submits the frame and shows it. `picture` null = an empty window. The frame's commands run even if the window
  /// can't be drawn to.
  void finish(gpu::Frame& frame, Picture* picture);

  /// Submits the frame; what is on the screen stays.
  void finishUnseen(gpu::Frame& frame) { frames_.submit(frame); }

  UiLayer& ui() { return ui_; }

 private:
  void recordPicture(gpu::Frame& frame, Picture* picture, std::uint32_t image);

  Window& window_;
  gpu::FrameRing frames_;
  Swapchain swapchain_;
  UiLayer ui_;
};

}  // namespace volary
