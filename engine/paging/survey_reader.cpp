#include "paging/survey_reader.h"

#include "base/error.h"
#include "pyramid/growing_pyramids.h"

#include <utility>

namespace volary {

namespace {

/// A survey must not depend on how far coarser levels are that the source makes.
ValueSurvey takeSurveyOf(Source& source, ImageId image) {
  try {
    const ImagePyramid& pyramid = source.pyramid(image);
    GrowingPyramids* const growing = source.growing();
    const int levels = growing ? growing->fileLevels(image) : static_cast<int>(pyramid.levels.size());
    return takeSurvey(source, image, levels);
  } catch (const Error&) {
    return {};  // whoever shows the image meets the same error
  }
}

}  // namespace

SurveyReader::~SurveyReader() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

const ValueSurvey* SurveyReader::find(ImageId image) {
  const std::lock_guard lock(mutex_);
  const auto [known, isNew] = surveys_.try_emplace(image);
  if (isNew) {
    queue_.push_back(image);
    asked_.notify_one();
    if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  return known->second.get();
}

std::size_t SurveyReader::finishedCount() const {
  const std::lock_guard lock(mutex_);
  return finishedCount_;
}

void SurveyReader::waitForMore(std::size_t count, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  finished_.wait_for(lock, timeout, [&] { return finishedCount_ > count; });
}

void SurveyReader::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (asked_.wait(lock, stop, [&] { return !queue_.empty(); })) {
    const ImageId image = queue_.front();
    queue_.pop_front();
    lock.unlock();
    auto survey = std::make_unique<const ValueSurvey>(takeSurveyOf(source_, image));
    lock.lock();
    surveys_[image] = std::move(survey);
    ++finishedCount_;
    finished_.notify_all();
    if (stop.stop_requested()) return;
  }
}

}  // namespace volary
