#pragma once

#include "storage/store.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace volary {

/// What is asked of a distant place: a file, or a part of it.
struct FetchRequest {
  std::string key;
  std::optional<ByteRange> range;  ///< the whole file if there is none; an empty one asks for the file's version alone
  std::uint64_t maxBytes = 0;      ///< of a whole file: more is an error, before memory is taken for it

  bool operator==(const FetchRequest&) const = default;
};

/// What came of it: bytes, or no such file, or an error.
struct FetchResult {
  std::shared_ptr<const std::vector<std::byte>> bytes;  ///< null if there is no such file, or an error
  FileVersion version;                                  ///< of the whole file
  std::string error;                                    ///< a cause, without the file's name; empty if none
};

/// The way to a distant place: it begins what it is told to, and waits for nothing. A FarStore decides what is begun
/// when, a transport how.
class Fetcher {
 public:
  using Done = std::function<void(FetchResult)>;

  Fetcher() = default;
  virtual ~Fetcher() = default;
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  /// Requests that it likes to have under way at once.
  virtual std::size_t maxInFlight() const = 0;

  /// Begins a request; `id` is the caller's. `done` is called once, by any thread, perhaps before this returns, unless
  /// the request is cancelled in time.
  virtual void start(std::uint64_t id, const FetchRequest& request, Done done) = 0;

  /// Nobody wants the answer any more. `done` may still be called, by a thread that is already about to do so.
  virtual void cancel(std::uint64_t id) = 0;

  /// What stands in a folder, as Store::list(). May wait.
  virtual std::optional<std::vector<StoreEntry>> list(const std::string& key) = 0;

  virtual std::string describe(const std::string& key) const = 0;
};

}  // namespace volary
