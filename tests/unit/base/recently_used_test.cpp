#include "base/recently_used.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace volary;

namespace {

std::shared_ptr<std::string> text(const char* words) { return std::make_shared<std::string>(words); }

}  // namespace

TEST_CASE("the things used last are kept, and what was used is used last") {
  RecentlyUsed<int, std::string> recent(2);
  CHECK(recent.find(1) == nullptr);
  recent.keep(1, text("one"));
  recent.keep(2, text("two"));
  CHECK(*recent.find(1) == "one");
  recent.keep(3, text("three"));
  CHECK(recent.find(2) == nullptr);
  CHECK(*recent.find(1) == "one");
  CHECK(*recent.find(3) == "three");
}

TEST_CASE("bytes are counted, and one thing is kept whatever it takes") {
  RecentlyUsed<int, std::string> recent(10, 100);
  recent.keep(1, text("one"), 60);
  recent.keep(2, text("two"), 40);
  CHECK(recent.find(1));
  recent.keep(3, text("three"), 30);
  CHECK(recent.find(1));
  CHECK(recent.find(2) == nullptr);
  recent.keep(4, text("four"), 1000);
  CHECK(recent.find(4));
  CHECK(recent.find(1) == nullptr);
  CHECK(recent.find(3) == nullptr);
  recent.keep(5, text("five"), 100);
  CHECK(recent.find(4) == nullptr);
  CHECK(recent.eraseIf([](int, const std::string&) { return true; }) == 1);
  recent.keep(6, text("six"), 60);
  recent.keep(7, text("seven"), 40);
  CHECK(recent.find(6));
}

TEST_CASE("of two things with one key the first stays, and what can't be made is not kept") {
  RecentlyUsed<int, std::string> recent(4);
  const auto first = recent.keep(1, text("one"));
  CHECK(recent.keep(1, text("another")) == first);
  CHECK(recent.findOrMake(1, [] { return text("a third"); }) == first);
  CHECK(recent.findOrMake(2, [] { return std::shared_ptr<std::string>(); }) == nullptr);
  CHECK(*recent.findOrMake(2, [] { return text("two"); }) == "two");
  CHECK(recent.eraseIf([](int key, const std::string& value) { return key == 1 && value == "one"; }) == 1);
  CHECK(recent.find(1) == nullptr);
  CHECK(recent.find(2));
}
