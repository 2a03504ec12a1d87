#include "base/frame_memory.h"
#include "base/fixed_vector.h"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <numeric>
#include <thread>

using namespace volary;

TEST_CASE("what a frame puts into its containers is there until its end, however much it is") {
  for (int frame = 0; frame < 4; ++frame) {
    const FrameScope scope;
    FrameVector<FrameVector<int>> lists;
    FrameMap<int, double> map;
    for (int i = 0; i < 300; ++i) {
      lists.emplace_back(static_cast<std::size_t>(i * 10), i);
      map[i] = 0.5 * i;
      if (i % 50 == 0) lists.front() = FrameVector<int>(100'000, i);
    }
    for (int i = 1; i < 300; ++i)
      REQUIRE(std::accumulate(lists[std::size_t(i)].begin(), lists[std::size_t(i)].end(), 0) == 10 * i * i);
    for (int i = 0; i < 300; ++i) REQUIRE(map.at(i) == 0.5 * i);
    CHECK(lists.front().back() == 250);
  }
}

TEST_CASE("a frame's memory is that of the frame before, and of each thread its own") {
  const auto placeOfFirst = [] {
    const FrameScope scope;
    FrameVector<int> numbers(1000, 1);
    const FrameScope inner;  // the outermost counts
    return reinterpret_cast<std::uintptr_t>(numbers.data());
  };
  const std::uintptr_t place = placeOfFirst();
  CHECK(placeOfFirst() == place);
  const FrameScope scope;
  const FrameVector<int> kept(1000, 7);
  {
    const FrameScope inner;
    const FrameVector<int> more(1000, 8);
  }
  const FrameVector<int> after(1000, 9);
  CHECK(kept.back() == 7);
  std::thread([&] {
    const FrameScope other;
    const FrameVector<int> theirs(1000, 3);
    CHECK(theirs.data() != kept.data());
  }).join();
  CHECK(kept.front() == 7);
}

TEST_CASE("without a frame its containers are ordinary ones, and may be given back in one") {
  FrameVector<int> numbers(10, 3);
  {
    const FrameScope scope;
    numbers.resize(20, 4);  // from here on they are the frame's
    CHECK(numbers[5] == 3);
    CHECK(numbers[15] == 4);
    FrameVector<int>().swap(numbers);
  }
  numbers.assign(5, 1);
  CHECK(numbers.size() == 5);
}

TEST_CASE("memory in a frame is aligned") {
  struct alignas(64) Wide {
    char byte = 0;
  };
  const FrameScope scope;
  for (int i = 0; i < 5; ++i) {
    const FrameVector<char> odd(static_cast<std::size_t>(2 * i + 1));
    const FrameVector<Wide> wide(3);
    const FrameVector<double> numbers(3);
    CHECK(reinterpret_cast<std::uintptr_t>(wide.data()) % 64 == 0);
    CHECK(reinterpret_cast<std::uintptr_t>(numbers.data()) % alignof(double) == 0);
  }
}

TEST_CASE("a fixed vector holds what was put in") {
  FixedVector<int, 4> numbers{1, 2};
  numbers.push_back(3);
  CHECK(numbers.size() == 3);
  CHECK(std::accumulate(numbers.begin(), numbers.end(), 0) == 6);
  numbers[0] = 7;
  CHECK(numbers[0] == 7);
  CHECK(FixedVector<int, 4>().empty());
}
