// Measures what a view of a distant volume costs. The store answers each request after 40 ms, 32 at once; two threads
// decode. Prints each result with its limit, and ends with 1 if a limit is missed.
#include "formats/open.h"
#include "storage/far_store.h"
#include "streaming/loader.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace volary;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kDelay = 40ms;
constexpr std::size_t kAtOnce = 32;
constexpr std::int64_t kChunk = 32;  // as a brick: 64 KiB of uint16

/// A Zarr image of `chunks` chunks along x, y, z without codecs. Answers in the order of the requests, each after the
/// delay.
class LateFetcher final : public Fetcher {
 public:
  struct Counts {
    std::mutex mutex;
    std::map<std::uint64_t, std::string> underWay;  ///< keys by id
    std::uint64_t requests = 0;
  };

  LateFetcher(const i64vec3& chunks, std::shared_ptr<Counts> counts) : chunks_(chunks), counts_(std::move(counts)) {}
  ~LateFetcher() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
  }

  std::size_t maxInFlight() const override { return kAtOnce; }

  void start(std::uint64_t id, const FetchRequest& request, Done done) override {
    {
      const std::lock_guard lock(counts_->mutex);
      counts_->underWay.emplace(id, request.key);
      ++counts_->requests;
    }
    const std::lock_guard lock(mutex_);
    waiting_.push_back({id, request, std::move(done), Clock::now() + kDelay});
    changed_.notify_all();
  }
  void cancel(std::uint64_t id) override {
    {
      const std::lock_guard lock(counts_->mutex);
      counts_->underWay.erase(id);
    }
    const std::lock_guard lock(mutex_);
    std::erase_if(waiting_, [&](const Waiting& one) { return one.id == id; });
  }
  std::optional<std::vector<StoreEntry>> list(const std::string&) override { return std::nullopt; }
  std::string describe(const std::string& key) const override { return "late://" + key; }

 private:
  struct Waiting {
    std::uint64_t id;
    FetchRequest request;
    Done done;
    Clock::time_point due;
  };

  void work() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
      if (waiting_.empty()) {
        changed_.wait(lock);
      } else if (const Clock::time_point due = waiting_.front().due; due > Clock::now()) {
        changed_.wait_until(lock, due);
      } else {
        Waiting one = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        {
          const std::lock_guard counting(counts_->mutex);
          counts_->underWay.erase(one.id);
        }
        one.done(answer(one.request));
        lock.lock();
      }
    }
  }

  FetchResult answer(const FetchRequest& request) const {
    std::string text;
    const i64vec3 size = chunks_ * kChunk;
    if (request.key == "image/.zarray")
      text = fmt::format(
          R"({{"zarr_format": 2, "shape": [{}, {}, {}], "chunks": [{}, {}, {}], "dtype": "<u2", "compressor": null,
              "fill_value": 0, "order": "C", "filters": null, "dimension_separator": "/"}})",
          size.z, size.y, size.x, kChunk, kChunk, kChunk);
    else if (const std::size_t at = request.key.find_first_of("0123456789"); at == std::string("image/").size())
      text.assign(2 * kChunk * kChunk * kChunk, '\1');
    else
      return {};
    const auto bytes = std::as_bytes(std::span(text));
    const ByteRange range = request.range.value_or(ByteRange{0, bytes.size()});
    const auto part = bytes.subspan(std::min<std::size_t>(range.position, bytes.size()))
                          .first(std::min<std::size_t>(
                              range.bytes, bytes.size() - std::min<std::size_t>(range.position, bytes.size())));
    return {.bytes = std::make_shared<const std::vector<std::byte>>(part.begin(), part.end()),
            .version = {.sizeBytes = bytes.size()},
            .error = {}};
  }

  const i64vec3 chunks_;
  const std::shared_ptr<Counts> counts_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  std::deque<Waiting> waiting_;
  std::jthread worker_{[this] { work(); }};
};

struct Far {
  explicit Far(const i64vec3& chunks)
      : store(std::make_shared<FarStore>(std::make_unique<LateFetcher>(chunks, counts))),
        source(openSource(Location(store, "image"))) {
    source->pyramid({});
  }

  std::shared_ptr<LateFetcher::Counts> counts = std::make_shared<LateFetcher::Counts>();
  std::shared_ptr<FarStore> store;
  std::unique_ptr<Source> source;
};

std::vector<BrickKey> listBricks(const i64vec3& begin, const i64vec3& end) {
  std::vector<BrickKey> keys;
  for (std::int64_t z = begin.z; z < end.z; ++z)
    for (std::int64_t y = begin.y; y < end.y; ++y)
      for (std::int64_t x = begin.x; x < end.x; ++x) keys.push_back({.brick = {x, y, z}});
  return keys;
}

/// How many times longer a view of 640 chunks takes than the delay and the number of requests at once allow.
double timeView() {
  const i64vec3 chunks(8, 8, 10);
  Far far(chunks);
  const std::vector<BrickKey> view = listBricks(i64vec3(0), chunks);
  Loader loader(*far.source, {.threads = 2});
  const Clock::time_point start = Clock::now();
  loader.replaceRequests(view);
  for (std::size_t arrived = 0; arrived < view.size();) {
    if (!loader.waitForFinished(10s)) fail("the view does not arrive");
    for (const LoadedBrick& brick : loader.takeFinished(view.size())) {
      if (!brick.error.empty()) fail("{}", brick.error);
      ++arrived;
    }
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const double least = std::chrono::duration<double>(kDelay).count() * static_cast<double>(view.size()) / kAtOnce;
  fmt::print(
      "a view of {} chunks of 64 KiB: {:.0f} ms, {:.2f} times what {} ms and {} requests at once allow (limit 1.3)\n",
      view.size(), 1000 * seconds, seconds / least, kDelay.count(), kAtOnce);
  return seconds / least;
}

/// The share of the requests under way one second after a jump that are for the new view.
double shareAfterJump() {
  const i64vec3 chunks(32, 32, 256);
  Far far(chunks);
  Loader loader(*far.source, {.threads = 2});
  loader.replaceRequests(listBricks(i64vec3(0), i64vec3(32, 32, 8)));
  std::this_thread::sleep_for(300ms);
  loader.takeFinished(100000);
  loader.replaceRequests(listBricks(i64vec3(0, 0, 200), i64vec3(32, 32, 208)));
  const Clock::time_point end = Clock::now() + 1s;
  while (Clock::now() < end) {
    loader.takeFinished(100000);
    std::this_thread::sleep_for(1ms);
  }
  const std::lock_guard lock(far.counts->mutex);
  std::size_t ofNew = 0;
  // The key is "image/z/y/x"; a brick's edge lies in the chunks beside its own.
  for (const auto& [id, key] : far.counts->underWay) ofNew += std::stoi(key.substr(6)) >= 199 ? 1 : 0;
  const double share =
      static_cast<double>(ofNew) / static_cast<double>(std::max<std::size_t>(1, far.counts->underWay.size()));
  fmt::print("one second after a jump: {} requests under way, {:.0f} % of them for the new view (limit 90 %)\n",
             far.counts->underWay.size(), 100 * share);
  return share;
}

}  // namespace

int main() {
  try {
    const double ratio = timeView();
    const double share = shareAfterJump();
    return ratio <= 1.3 && share >= 0.9 ? 0 : 1;
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
