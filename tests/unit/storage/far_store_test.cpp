#include "storage/far_store.h"
#include "support/fakes/mock_fetcher.h"
#include "support/files/test_files.h"

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
  std::thread reader([&] { text = textOf(f.store.findBytes(a, 100)); });
  while (f.mock->answer() == 0) std::this_thread::yield();
  reader.join();
  CHECK(text == "bytes of a");
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
  while (f.mock->answer() > 0) {
  }
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
