#pragma once

#include "pyramid/source.h"
#include "survey/value_survey.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace volary {

/// Surveys images on a thread of its own, each once: it reads voxels, and the thread that draws waits for none.
///
/// Used by one thread.
class SurveyReader {
 public:
  explicit SurveyReader(Source& source) : source_(source) {}
  /// Waits for the image that is being surveyed.
  ~SurveyReader();

  /// The image's survey, which is kept; null while it is not there. Asks for it if nobody has. An image whose metadata
  /// can't be read has an empty one. `image` must be present.
  const ValueSurvey* find(ImageId image);

  /// Grows with each survey.
  std::size_t finishedCount() const;
  /// Waits until there is one more than `count`, or `timeout`.
  void waitForMore(std::size_t count, std::chrono::milliseconds timeout);

 private:
  void run(const std::stop_token& stop);

  Source& source_;
  mutable std::mutex mutex_;  ///< guards what follows, up to the thread
  std::condition_variable_any asked_;
  std::condition_variable finished_;
  std::map<ImageId, std::unique_ptr<const ValueSurvey>> surveys_;  ///< null: asked for
  std::deque<ImageId> queue_;
  std::size_t finishedCount_ = 0;
  std::jthread thread_;  ///< begun with the first request
};

}  // namespace volary
