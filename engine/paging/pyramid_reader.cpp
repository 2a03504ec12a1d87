#include "paging/pyramid_reader.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace volary {

PyramidReader::~PyramidReader() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

PyramidReader::Entry PyramidReader::find(ImageId image) {
  const std::lock_guard lock(mutex_);
  const auto [known, isNew] = entries_.try_emplace(image, Entry{.pending = true});
  if (isNew) {
    queue_.push_back(image);
    asked_.notify_one();
    if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  // The source remembers what it has read, and may have found more levels since.
  if (known->second.pyramid) known->second.pyramid = &source_.pyramid(image);
  return known->second;
}

PyramidReader::Entry PyramidReader::peek(ImageId image) const {
  const std::lock_guard lock(mutex_);
  const auto known = entries_.find(image);
  return known != entries_.end() ? known->second : Entry{};
}

std::size_t PyramidReader::finishedCount() const {
  const std::lock_guard lock(mutex_);
  return finishedCount_;
}

void PyramidReader::waitForMore(std::size_t count, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  finished_.wait_for(lock, timeout, [&] { return finishedCount_ > count; });
}

void PyramidReader::takeErrors(std::vector<std::string>& errors) {
  const std::lock_guard lock(mutex_);
  std::ranges::move(errors_, std::back_inserter(errors));
  errors_.clear();
}

bool PyramidReader::retryFailed() {
  const std::lock_guard lock(mutex_);
  const auto failed = [](const auto& item) { return !item.second.pyramid && !item.second.pending; };
  return std::erase_if(entries_, failed) > 0;
}

void PyramidReader::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (asked_.wait(lock, stop, [&] { return !queue_.empty(); })) {
    const ImageId image = queue_.front();
    queue_.pop_front();
    lock.unlock();
    Entry entry;
    std::string error;
    try {
      entry.pyramid = &source_.pyramid(image);
    } catch (const std::exception& failure) {
      error = failure.what();
    }
    lock.lock();
    entries_[image] = entry;
    if (!error.empty()) errors_.push_back(std::move(error));
    ++finishedCount_;
    finished_.notify_all();
    if (stop.stop_requested()) return;
  }
}

}  // namespace volary
