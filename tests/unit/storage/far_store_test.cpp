#include "storage/far_store.h"
#include "storage/range_reads.h"
#include "support/fakes/mock_fetcher.h"
#include "support/files/test_files.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <string>
#include <thread>

using namespace volary;
using namespace volary::test;

namespace {

struct Fixture {
  TemporaryFolder folder;
  std::shared_ptr<MockFetcher::State> mock = std::make_shared<MockFetcher::State>();
  FarStore store{std::make_unique<MockFetcher>(mock, 2)};
  std::atomic<int> arrivals = 0;
  std::shared_ptr<const ArrivalSignal> arrived = std::make_shared<const ArrivalSignal>([this] { ++arrivals; });

  std::string file(const std::string& name) {
    writeText(folder / name, "bytes of " + name);
    return (folder / name).string();
  }

  /// The read that is under way now for a thread that does not wait.
  std::shared_ptr<PendingRead> ask(const std::string& key, ReadRank rank) {
    PendingReads pending(rank, arrived);
    CHECK_THROWS_AS(store.findBytes(key, 100), NotYet);
    std::vector<std::shared_ptr<PendingRead>> reads = pending.take();
    REQUIRE(reads.size() == 1);
    return reads.front();
  }
};

/// A thread that waits for what it reads. When the test ends, all is answered, so that it does not wait for ever.
class WaitingThread {
 public:
  template <typename Work>
  WaitingThread(Fixture& fixture, Work work)
      : mock_(fixture.mock), thread_([this, work = std::move(work)] {
          work();
          isDone_ = true;
        }) {}
  ~WaitingThread() { finish(); }

  /// Answers until the thread is done.
  void finish() {
    while (!isDone_) {
      mock_->answer();
      std::this_thread::yield();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::shared_ptr<MockFetcher::State> mock_;
  std::atomic<bool> isDone_ = false;
  std::jthread thread_;
};

std::string textOf(const std::optional<std::vector<std::byte>>& bytes) {
  REQUIRE(bytes);
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

}  // namespace

TEST_CASE("a thread that must not wait is told so, and finds the bytes once they have come") {
  Fixture f;
  const std::string a = f.file("a");
  const auto read = f.ask(a, 5);
  CHECK_FALSE(read->hasArrived());
  CHECK(f.arrivals == 0);
  CHECK(f.mock->answer() == 1);
  CHECK(read->hasArrived());
  CHECK(f.arrivals == 1);

  PendingReads pending(5, f.arrived);
  CHECK(textOf(f.store.findBytes(a, 100)) == "bytes of a");
  CHECK(pending.take().empty());
  CHECK(f.mock->begun == 1);
}

TEST_CASE("any other thread waits for its own read") {
  Fixture f;
  const std::string a = f.file("a");
  std::string text;
  WaitingThread reader(f, [&] { text = textOf(f.store.findBytes(a, 100)); });
  waitUntil("the read is under way", [&] { return f.mock->answer() > 0; });
  reader.finish();
  CHECK(text == "bytes of a");
}

TEST_CASE("a thread that waits comes after all that don't") {
  Fixture f;
  const auto first = f.ask(f.file("first"), 1), second = f.ask(f.file("second"), 1);
  const std::string a = f.file("a"), late = f.file("late");
  std::string text;
  WaitingThread reader(f, [&] { text = textOf(f.store.findBytes(a, 100)); });
  waitUntil("the thread has asked", [&] { return f.store.stats().queued == 1; });
  const auto view = f.ask(late, 1000);
  CHECK(f.mock->answer(1) == 1);
  CHECK(f.mock->timesAsked.contains(late + " 0 0"));
  CHECK_FALSE(f.mock->timesAsked.contains(a + " 0 0"));
  reader.finish();
  CHECK(text == "bytes of a");
}

TEST_CASE("a thread that waits has several reads under way if it says what it will read") {
  Fixture f;
  std::string content;
  for (int i = 0; i < 5 * 100'000; ++i) content += static_cast<char>('a' + i % 23);
  writeText(f.folder / "large", content);
  const std::string large = (f.folder / "large").string();
  std::string text;
  WaitingThread reader(f, [&] {
    struct Sink final : RangeSink {
      explicit Sink(std::string& out) : text(out) {}
      std::span<std::byte> buffer(std::size_t size) override {
        memory.resize(size);
        return memory;
      }
      Next take(const WantedRange&, std::span<const std::byte> bytes) override {
        text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return Next::goOn;
      }
      Next fail(const WantedRange&, std::exception_ptr) override { return Next::stop; }
      std::string& text;
      std::vector<std::byte> memory;
    } sink(text);
    RangeReads reads;
    // Too far from each other to be read at once.
    for (std::uint64_t i = 0; i < 5; ++i) reads.add({.range = {i * 100'000, 1000}, .index = i});
    reads.run(*f.store.find(large), sink);
  });
  waitUntil("the file is opened", [&] { return f.mock->answer() > 0; });
  waitUntil("two reads are under way", [&] { return f.mock->countUnderWay() == 2; });
  waitUntil("all is announced", [&] { return f.store.stats().queued == 3; });
  reader.finish();
  std::string expected;
  for (std::size_t i = 0; i < 5; ++i) expected += content.substr(i * 100'000, 1000);
  CHECK(text == expected);
  for (std::uint64_t i = 0; i < 5; ++i) CHECK(f.mock->timesAsked[fmt::format("{} {} 1000", large, i * 100'000)] == 1);
}

TEST_CASE("the most urgent reads begin first, no more at once than the place likes, and ranks may change") {
  Fixture f;
  std::vector<std::shared_ptr<PendingRead>> reads;
  for (int i = 0; i < 6; ++i) reads.push_back(f.ask(f.file(std::to_string(i)), 100 - static_cast<ReadRank>(i)));
  CHECK(f.store.stats().inFlight == 2);
  CHECK(f.store.stats().queued == 4);
  reads[2]->setRank(1);
  f.mock->answer(1);
  // 0 and 1 began at once; the most urgent of the others is next.
  CHECK(f.mock->timesAsked.contains((f.folder / "2").string() + " 0 0"));
  f.mock->answer(1);
  CHECK(f.mock->timesAsked.contains((f.folder / "5").string() + " 0 0"));
  CHECK_FALSE(f.mock->timesAsked.contains((f.folder / "3").string() + " 0 0"));
  waitUntil("all are answered", [&] { return f.mock->answer() == 0; });
  for (const auto& read : reads) CHECK(read->hasArrived());
  CHECK(f.store.stats().mostInFlight == 2);
}

TEST_CASE("who wants what is under way shares it; what nobody wants is withdrawn, begun or not") {
  Fixture f;
  const std::string a = f.file("a");
  auto first = f.ask(a, 1);
  auto second = f.ask(a, 2);
  CHECK(f.mock->begun == 1);
  auto b = f.ask(f.file("b"), 3);
  auto c = f.ask(f.file("c"), 4);
  CHECK(f.store.stats().queued == 1);
  c.reset();
  CHECK(f.store.stats().queued == 0);
  first.reset();
  CHECK(f.mock->cancelled == 0);
  second.reset();
  CHECK(f.mock->cancelled == 1);
  CHECK(f.store.stats().withdrawn == 2);
  CHECK(f.mock->answer() == 1);
  CHECK(b->hasArrived());
}

TEST_CASE("a failed read is an error once, and tried again by whoever asks later") {
  Fixture f;
  const std::string a = f.file("a");
  f.mock->failure = "503 Service Unavailable";
  {
    const auto read = f.ask(a, 1);
    f.mock->answer();
    PendingReads pending(1, f.arrived);
    CHECK_THROWS_AS(f.store.findBytes(a, 100), ReadError);
  }
  f.mock->failure.clear();
  const auto read = f.ask(a, 1);
  f.mock->answer();
  CHECK(textOf(f.store.findBytes(a, 100)) == "bytes of a");
}

TEST_CASE("a part of a distant file is read, what is not there is nothing, fewer bytes are an error") {
  Fixture f;
  const std::string a = f.file("a");
  std::atomic<bool> done = false;
  std::thread answering([&] {
    while (!done) {
      f.mock->answer();
      std::this_thread::yield();
    }
  });
  const std::shared_ptr<ByteFile> file = f.store.find(a);
  REQUIRE(file);
  CHECK(file->sizeBytes() == 10);
  std::string part(2, '\0');
  file->readAt(6, std::as_writable_bytes(std::span(part)));
  CHECK(part == "of");
  CHECK(file->isAsOpened());
  CHECK(f.store.find((f.folder / "none").string()) == nullptr);
  CHECK(f.store.findBytes((f.folder / "none").string(), 100) == std::nullopt);
  // What came a moment ago is still there; another part is asked for.
  f.mock->isShort = true;
  CHECK_THROWS_AS(file->readAt(3, std::as_writable_bytes(std::span(part))), ReadError);
  f.mock->isShort = false;
  writeText(f.folder / "a", "something else");
  CHECK_FALSE(file->isAsOpened());
  done = true;
  answering.join();
}
