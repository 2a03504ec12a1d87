#pragma once

#include "storage/fetcher.h"
#include "storage/pending_reads.h"

#include <memory>

namespace volary {

struct FarReads;

/// Figures since the store was made, and of this moment.
struct FarStoreStats {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;      ///< that arrived
  std::uint64_t withdrawn = 0;  ///< nobody wanted them any more
  std::size_t queued = 0;
  std::size_t inFlight = 0;
  std::size_t mostInFlight = 0;
};

/// A store that answers late. Tens of reads are under way at once, the most urgent first. Whoever wants what somebody
/// has already asked for shares the answer; what nobody wants any more is withdrawn. A thread with a PendingReads never
/// waits in the store, except in list(). Any other thread waits for its own read, which is the least urgent; it has
/// several under way if it says what it will read (ByteFile::expect): up to 16 MiB of all such threads together.
///
/// Any thread. Invariants: at most Fetcher::maxInFlight() requests are under way; the same request is under way once;
/// an answer is kept while somebody holds its PendingRead, and for a while after that.
class FarStore final : public Store {
 public:
  explicit FarStore(std::unique_ptr<Fetcher> fetcher);
  ~FarStore() override;

  std::shared_ptr<ByteFile> find(const std::string& key) override;
  std::optional<std::vector<std::byte>> findBytes(const std::string& key, std::uint64_t maxBytes) override;
  std::optional<EntryKind> findKind(const std::string& key) override;
  bool knowsFolders() const override { return false; }
  std::optional<FileVersion> findVersion(const std::string& key) override;
  std::optional<std::vector<StoreEntry>> list(const std::string& key) override;
  std::string describe(const std::string& key) const override;

  FarStoreStats stats() const;

 private:
  std::shared_ptr<FarReads> reads_;
};

}  // namespace volary
