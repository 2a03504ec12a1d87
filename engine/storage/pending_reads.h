#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

/// Reading without waiting. A thread that must not wait for a distant store opens a PendingReads; while it lives, a
/// read whose bytes are not there throws NotYet and is under way. Once it has arrived, whoever asked does the same work
/// again, and finds the bytes there. So a format reads its indices and chunks as if all were near, and no thread waits.
namespace volary {

/// The bytes are on their way. Not an Error: nothing has failed.
class NotYet : public std::exception {
 public:
  const char* what() const noexcept override { return "the bytes are on their way"; }
};

/// Order in which reads begin: the smaller, the sooner.
using ReadRank = std::uint64_t;
inline constexpr ReadRank kLastRank = std::numeric_limits<ReadRank>::max();

/// A read under way, for one who wants it. When the last of those who want it is gone and it has not arrived, the read
/// is withdrawn; what has arrived is kept for as long as somebody holds this.
class PendingRead {
 public:
  virtual ~PendingRead() = default;
  /// The bytes are there, or the read has failed: doing the work again gives one or the other.
  virtual bool hasArrived() const = 0;
  /// Where there are several who want it, the most urgent decides.
  virtual void setRank(ReadRank rank) = 0;
};

/// Called by any thread when one of somebody's reads has arrived. Short, throws nothing.
using ArrivalSignal = std::function<void()>;

/// While it lives, reads of this thread don't wait; it collects those that are under way. One at a time a thread.
class PendingReads {
 public:
  /// `arrived` is called after this is gone, too: it must stay valid for as long as any of the reads is held.
  PendingReads(ReadRank rank, std::shared_ptr<const ArrivalSignal> arrived);
  ~PendingReads();
  PendingReads(const PendingReads&) = delete;
  PendingReads& operator=(const PendingReads&) = delete;

  /// That of this thread; null if reads wait.
  static PendingReads* current();

  ReadRank rank() const { return rank_; }
  const std::shared_ptr<const ArrivalSignal>& arrived() const { return arrived_; }

  /// For stores.
  void add(std::shared_ptr<PendingRead> read) { reads_.push_back(std::move(read)); }
  /// For whoever does the work again.
  std::vector<std::shared_ptr<PendingRead>> take() { return std::move(reads_); }

 private:
  const ReadRank rank_;
  const std::shared_ptr<const ArrivalSignal> arrived_;
  std::vector<std::shared_ptr<PendingRead>> reads_;
};

}  // namespace volary
