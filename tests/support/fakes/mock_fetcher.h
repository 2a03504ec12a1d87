#pragma once

#include "storage/fetcher.h"
#include "storage/local_store.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace volary::test {

/// A distant place that holds the files of this machine, and that answers when the test says so: in any order, late,
/// with a failure, with fewer bytes, or never. Any thread.
class MockFetcher final : public Fetcher {
 public:
  struct State {
    struct Begun {
      FetchRequest request;
      Done done;
    };

    std::mutex mutex;
    std::map<std::uint64_t, Begun> underWay;  ///< by id, in the order in which they began
    std::size_t begun = 0;
    std::size_t cancelled = 0;
    std::map<std::string, int> timesAsked;  ///< by file and range
    std::string failure;                    ///< the next answers are this error, while it is not empty
    bool isShort = false;                   ///< the next answers lack their last byte

    std::size_t countUnderWay() {
      const std::lock_guard lock(mutex);
      return underWay.size();
    }

    /// Answers what is under way now, at most `most`; returns how many requests it answered.
    std::size_t answer(std::size_t most = ~std::size_t{0}) {
      std::vector<Begun> taken;
      {
        const std::lock_guard lock(mutex);
        while (!underWay.empty() && taken.size() < most) {
          taken.push_back(std::move(underWay.begin()->second));
          underWay.erase(underWay.begin());
        }
      }
      for (const Begun& one : taken) one.done(resultOf(one.request));
      return taken.size();
    }

    FetchResult resultOf(const FetchRequest& request) {
      {
        const std::lock_guard lock(mutex);
        if (!failure.empty()) return {.bytes = nullptr, .version = {}, .error = failure};
      }
      // A web server has no folders, and answers for one as for a file that it does not have.
      if (localStore()->findKind(request.key) != EntryKind::file) return {};
      const std::shared_ptr<ByteFile> file = localStore()->find(request.key);
      const ByteRange range = request.range.value_or(ByteRange{0, file->sizeBytes()});
      std::vector<std::byte> bytes(range.bytes);
      bytes.resize(file->readUpTo(range.position, bytes));
      if (isShort && !bytes.empty()) bytes.pop_back();
      return {.bytes = std::make_shared<const std::vector<std::byte>>(std::move(bytes)),
              .version = file->version(),
              .error = {}};
    }
  };

  MockFetcher(std::shared_ptr<State> state, std::size_t maxInFlight)
      : state_(std::move(state)), maxInFlight_(maxInFlight) {}

  std::size_t maxInFlight() const override { return maxInFlight_; }

  void start(std::uint64_t id, const FetchRequest& request, Done done) override {
    const std::lock_guard lock(state_->mutex);
    ++state_->begun;
    const ByteRange range = request.range.value_or(ByteRange{});
    ++state_->timesAsked[fmt::format("{} {} {}", request.key, range.position, range.bytes)];
    state_->underWay.emplace(id, State::Begun{request, std::move(done)});
  }

  void cancel(std::uint64_t id) override {
    const std::lock_guard lock(state_->mutex);
    state_->cancelled += state_->underWay.erase(id);
  }

  std::optional<std::vector<StoreEntry>> list(const std::string& key) override { return localStore()->list(key); }
  std::string describe(const std::string& key) const override { return "mock://" + key; }

 private:
  const std::shared_ptr<State> state_;
  const std::size_t maxInFlight_;
};

}  // namespace volary::test
