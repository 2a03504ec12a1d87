#pragma once

#include "pyramid/source.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace volary {

/// Reads the metadata of images on a thread of its own: a project has hundreds, each costs some reads, and the thread
/// that draws waits for none.
///
/// Used by one thread. An image is read once; one that can't be read is reported once and left alone until
/// retryFailed().
class PyramidReader {
 public:
  explicit PyramidReader(Source& source) : source_(source) {}
  /// Waits for the image that is being read.
  ~PyramidReader();

  struct Entry {
    const ImagePyramid* pyramid = nullptr;  ///< null while it is not known, or can't be
    bool pending = false;
  };
  /// What is known of the image; asks for it if nothing is. `image` must be present.
  Entry find(ImageId image);
  /// The same without asking.
  Entry peek(ImageId image) const;

  /// Grows with each image that was read, or could not be.
  std::size_t finishedCount() const;
  /// Waits until there is one more than `count`, or `timeout`.
  void waitForMore(std::size_t count, std::chrono::milliseconds timeout);

  /// Adds one sentence for each image that failed since the last call.
  void takeErrors(std::vector<std::string>& errors);
  /// Asks again for the images that failed; false if none had.
  bool retryFailed();

 private:
  void run(const std::stop_token& stop);

  Source& source_;
  mutable std::mutex mutex_;  ///< guards what follows, up to the thread
  std::condition_variable_any asked_;
  std::condition_variable finished_;
  std::map<ImageId, Entry> entries_;
  std::deque<ImageId> queue_;
  std::size_t finishedCount_ = 0;
  std::vector<std::string> errors_;
  std::jthread thread_;  ///< begun with the first request
};

}  // namespace volary
