#include "storage/far_store.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <iterator>
#include <list>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

namespace volary {

namespace {

// Some rounds of a network's answers.
constexpr std::uint64_t kRecentBytes = 32 << 20;
// What is expected must still be among the recent answers when it is read.
constexpr std::uint64_t kMostExpectedBytes = kRecentBytes / 2;

using RequestKey = std::tuple<std::string, std::uint64_t, std::uint64_t, std::uint64_t>;

RequestKey keyOf(const FetchRequest& request) {
  // A whole file has no position that a range could have.
  const ByteRange range = request.range.value_or(ByteRange{.position = kLastRank, .bytes = 0});
  return {request.key, range.position, range.bytes, request.maxBytes};
}

}  // namespace

/// One request, for all who want its answer.
class FarRead final : public PendingRead {
 public:
  FarRead(std::weak_ptr<FarReads> reads, FetchRequest request, std::uint64_t id)
      : reads_(std::move(reads)), request_(std::move(request)), id_(id) {}
  ~FarRead() override;

  bool hasArrived() const override { return arrived_.load(std::memory_order_acquire); }
  void setRank(ReadRank rank) override { rank_.store(rank, std::memory_order_relaxed); }
  ReadRank rank() const { return rank_.load(std::memory_order_relaxed); }

  const FetchRequest& request() const { return request_; }
  std::uint64_t id() const { return id_; }
  /// After hasArrived().
  const FetchResult& result() const { return result_; }

 private:
  friend struct FarReads;
  const std::weak_ptr<FarReads> reads_;
  const FetchRequest request_;
  const std::uint64_t id_;
  std::atomic<ReadRank> rank_ = kLastRank;
  std::atomic<bool> arrived_ = false;
  // Guarded by the mutex of `reads_`.
  FetchResult result_;
  std::vector<std::shared_ptr<const ArrivalSignal>> signals_;
};

/// What is asked for and what is under way.
struct FarReads : std::enable_shared_from_this<FarReads> {
  explicit FarReads(std::unique_ptr<Fetcher> fetcher_) : fetcher(std::move(fetcher_)) {}

  /// The answer; waits for it, or throws NotYet where the thread must not.
  FetchResult fetch(const FetchRequest& request);
  std::shared_ptr<FarRead> ask(const FetchRequest& request, PendingReads* pending);
  /// Begins what will be read soon by a thread that waits.
  void expect(const FetchRequest& request);
  void beginSome();
  void arrive(std::uint64_t id, FetchResult result);
  void withdraw(const FarRead& read);

  const std::unique_ptr<Fetcher> fetcher;
  mutable std::mutex mutex;
  std::condition_variable arrival;
  std::map<RequestKey, std::weak_ptr<FarRead>> known;
  std::map<std::uint64_t, std::weak_ptr<FarRead>> queued;    ///< by id
  std::map<std::uint64_t, std::weak_ptr<FarRead>> inFlight;  ///< by id; stays until it has arrived or is withdrawn
  std::uint64_t nextId = 1;
  /// The answers that came last, the newest first: whoever gave one back may want it again, or somebody else may.
  std::list<std::shared_ptr<FarRead>> recent;
  std::uint64_t recentBytes = 0;
  /// Reads that are expected and have not arrived, by id: nobody else may hold them yet.
  std::map<std::uint64_t, std::shared_ptr<FarRead>> expected;
  std::uint64_t expectedBytes = 0;
  FarStoreStats stats;
};

FarRead::~FarRead() {
  if (const auto reads = reads_.lock()) reads->withdraw(*this);
}

std::shared_ptr<FarRead> FarReads::ask(const FetchRequest& request, PendingReads* pending) {
  std::shared_ptr<FarRead> read;
  {
    const std::lock_guard lock(mutex);
    std::weak_ptr<FarRead>& entry = known[keyOf(request)];
    read = entry.lock();
    if (!read) {
      read = std::make_shared<FarRead>(weak_from_this(), request, nextId++);
      entry = read;
      queued.emplace(read->id(), read);
    }
    // A thread that waits keeps the last rank: the bricks of a view are made by threads that don't wait.
    if (pending) read->setRank(std::min(read->rank(), pending->rank()));
    if (pending && !read->hasArrived()) read->signals_.push_back(pending->arrived());
  }
  beginSome();
  return read;
}

void FarReads::expect(const FetchRequest& request) {
  const std::uint64_t bytes = request.range->bytes;
  {
    const std::lock_guard lock(mutex);
    if (expectedBytes + bytes > kMostExpectedBytes) return;
  }
  const std::shared_ptr<FarRead> read = ask(request, nullptr);
  const std::lock_guard lock(mutex);
  if (!read->hasArrived() && expected.emplace(read->id(), read).second) expectedBytes += bytes;
}

FetchResult FarReads::fetch(const FetchRequest& request) {
  PendingReads* const pending = PendingReads::current();
  const std::shared_ptr<FarRead> read = ask(request, pending);
  if (!read->hasArrived() && pending) {
    pending->add(read);
    throw NotYet();
  }
  std::unique_lock lock(mutex);
  arrival.wait(lock, [&] { return read->hasArrived(); });
  if (!read->result().error.empty()) {
    // Whoever asks later tries again.
    known.erase(keyOf(request));
    throw ReadError(read->result().error);
  }
  return read->result();
}

/// Starts the most urgent requests while there is room. Outside of the lock, because an answer may come at once.
void FarReads::beginSome() {
  while (true) {
    std::shared_ptr<FarRead> next;
    // May become the last owners of what they hold, so they outlive the lock, which withdraw() takes.
    std::vector<std::shared_ptr<FarRead>> looked;
    {
      const std::lock_guard lock(mutex);
      if (inFlight.size() >= fetcher->maxInFlight()) return;
      for (const auto& [id, entry] : queued)
        if (std::shared_ptr<FarRead> read = entry.lock()) looked.push_back(std::move(read));
      const auto first = std::ranges::min_element(looked, {}, [](const auto& read) { return read->rank(); });
      if (first == looked.end()) return;
      next = *first;
      queued.erase(next->id());
      inFlight.emplace(next->id(), next);
      ++stats.requests;
      stats.mostInFlight = std::max(stats.mostInFlight, inFlight.size());
    }
    fetcher->start(next->id(), next->request(), [weak = weak_from_this(), id = next->id()](FetchResult result) {
      if (const auto reads = weak.lock()) reads->arrive(id, std::move(result));
    });
  }
}

void FarReads::arrive(std::uint64_t id, FetchResult result) {
  std::vector<std::shared_ptr<const ArrivalSignal>> signals;
  // Outside of the lock: their last owners may go just now.
  std::shared_ptr<FarRead> read;
  std::list<std::shared_ptr<FarRead>> forgotten;
  {
    const std::lock_guard lock(mutex);
    const auto found = inFlight.find(id);
    if (found == inFlight.end()) return;
    read = found->second.lock();
    inFlight.erase(found);
    if (result.bytes) stats.bytes += result.bytes->size();
    if (expected.erase(id) > 0) expectedBytes -= read->request().range->bytes;
    if (read) {
      read->result_ = std::move(result);
      if (const auto& bytes = read->result_.bytes; bytes && !bytes->empty()) {
        recent.push_front(read);
        recentBytes += bytes->size();
        while (recentBytes > kRecentBytes && recent.size() > 1) {
          recentBytes -= recent.back()->result_.bytes->size();
          forgotten.splice(forgotten.end(), recent, std::prev(recent.end()));
        }
      }
      read->arrived_.store(true, std::memory_order_release);
      signals.swap(read->signals_);
    }
  }
  arrival.notify_all();
  for (const auto& signal : signals) (*signal)();
  beginSome();
}

/// Called as the read is destroyed.
void FarReads::withdraw(const FarRead& read) {
  bool isInFlight = false;
  {
    const std::lock_guard lock(mutex);
    if (const auto found = known.find(keyOf(read.request())); found != known.end() && found->second.expired())
      known.erase(found);
    queued.erase(read.id());
    isInFlight = inFlight.erase(read.id()) > 0;
    if (!read.hasArrived()) ++stats.withdrawn;
  }
  if (!isInFlight) return;
  fetcher->cancel(read.id());
  beginSome();
}

namespace {

/// A part of a file is asked for each time it is read.
class FarFile final : public ByteFile {
 public:
  FarFile(std::shared_ptr<FarReads> reads, std::string key, FileVersion version)
      : reads_(std::move(reads)), key_(std::move(key)), version_(std::move(version)) {}

  const FileVersion& version() const override { return version_; }
  bool isAsOpened() const override { return reads_->fetch({.key = key_, .range = ByteRange{}}).version == version_; }

  /// Whoever does not wait asks for all that it needs anyway, and holds it.
  void expect(const ByteRange& range) const noexcept override {
    if (PendingReads::current()) return;
    try {
      reads_->expect({.key = key_, .range = range});
    } catch (...) {
      // Then it is asked for when it is read.
    }
  }

 private:
  void read(std::uint64_t position, std::span<std::byte> out) const override {
    const FetchResult result = reads_->fetch({.key = key_, .range = ByteRange{position, out.size()}});
    if (!result.bytes || result.bytes->size() != out.size())
      throw ReadError(fmt::format("the file has become shorter, {} bytes at {} are gone", out.size(), position));
    std::ranges::copy(*result.bytes, out.begin());
  }

  const std::shared_ptr<FarReads> reads_;
  const std::string key_;
  const FileVersion version_;
};

}  // namespace

FarStore::FarStore(std::unique_ptr<Fetcher> fetcher) : reads_(std::make_shared<FarReads>(std::move(fetcher))) {}

FarStore::~FarStore() = default;

std::shared_ptr<ByteFile> FarStore::find(const std::string& key) {
  const FetchResult head = reads_->fetch({.key = key, .range = ByteRange{}});
  return head.bytes ? std::make_shared<FarFile>(reads_, key, head.version) : nullptr;
}

std::optional<std::vector<std::byte>> FarStore::findBytes(const std::string& key, std::uint64_t maxBytes) {
  const FetchResult result = reads_->fetch({.key = key, .range = std::nullopt, .maxBytes = maxBytes});
  return result.bytes ? std::optional(*result.bytes) : std::nullopt;
}

std::optional<EntryKind> FarStore::findKind(const std::string& key) {
  return findVersion(key) ? std::optional(EntryKind::file) : std::nullopt;
}

std::optional<FileVersion> FarStore::findVersion(const std::string& key) {
  const FetchResult head = reads_->fetch({.key = key, .range = ByteRange{}});
  return head.bytes ? std::optional(head.version) : std::nullopt;
}

std::optional<std::vector<StoreEntry>> FarStore::list(const std::string& key) { return reads_->fetcher->list(key); }

std::string FarStore::describe(const std::string& key) const { return reads_->fetcher->describe(key); }

FarStoreStats FarStore::stats() const {
  const std::lock_guard lock(reads_->mutex);
  FarStoreStats stats = reads_->stats;
  stats.queued = reads_->queued.size();
  stats.inFlight = reads_->inFlight.size();
  return stats;
}

}  // namespace volary
