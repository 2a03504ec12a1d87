#include "storage/range_reads.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <random>
#include <vector>

using namespace volary;

TEST_CASE("planned reads serve every place once, in order, within the limits on size and waste") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 400; ++round) {
    std::vector<WantedRange> places;
    std::uint64_t at = random() % 1000;
    const std::uint64_t usualBytes = std::uint64_t{1} << random() % 22;
    const std::uint64_t usualGap = std::uint64_t{1} << random() % 18;
    for (std::size_t i = 0; i < 1 + random() % 100; ++i) {
      const std::uint64_t bytes = 1 + random() % usualBytes;
      places.push_back({.range = {at, bytes}, .index = i});
      at += random() % 2 ? bytes : bytes + random() % usualGap;
      if (random() % 20 == 0) at -= std::min(at, bytes / 2);  // a file may say that chunks overlap
    }
    std::shuffle(places.begin(), places.end(), random);

    std::vector<MergedRead> reads;
    planMergedReads(places, reads);
    std::size_t served = 0;
    for (const MergedRead& read : reads) {
      REQUIRE(read.first == served);
      std::vector<bool> needed(read.range.bytes);
      std::uint64_t end = read.range.position;
      for (; served < read.first + read.count; ++served) {
        const WantedRange& place = places[served];
        REQUIRE(place.range.position >= read.range.position);
        REQUIRE(place.range.end() <= read.range.end());
        CHECK(place.range.position <= end + kMaxReadGap);
        end = std::max(end, place.range.end());
        std::fill_n(needed.begin() + static_cast<std::ptrdiff_t>(place.range.position - read.range.position),
                    place.range.bytes, true);
      }
      const auto neededBytes = static_cast<std::uint64_t>(std::ranges::count(needed, true));
      CHECK(read.range.bytes * 4 <= neededBytes * 5);
      CHECK((read.count == 1 || read.range.bytes <= kMaxMergedRead));
    }
    CHECK(served == places.size());
  }
}

TEST_CASE("neighbours in the file are merged, distant and large ones are not") {
  const auto plan = [](std::vector<WantedRange> places) {
    std::vector<MergedRead> reads;
    planMergedReads(places, reads);
    return reads.size();
  };
  CHECK(plan({}) == 0);
  CHECK(plan({{.range = {100, 50}}, {.range = {150, 7}}, {.range = {157, 9}}}) == 1);
  CHECK(plan({{.range = {0, 4000}}, {.range = {5000, 4000}}}) == 1);
  CHECK(plan({{.range = {0, 4000}}, {.range = {7000, 4000}}}) == 2);
  CHECK(plan({{.range = {0, 400'000}}, {.range = {417'000, 400'000}}}) == 2);
  CHECK(plan({{.range = {0, 600'000}}, {.range = {600'000, 600'000}}}) == 2);
}
