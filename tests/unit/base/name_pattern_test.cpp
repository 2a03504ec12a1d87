#include "base/name_pattern.h"

#include <catch2/catch_test_macros.hpp>

#include <random>
#include <string>

#include <fnmatch.h>

using namespace volary;

TEST_CASE("patterns of names fit as in a shell") {
  CHECK(fitsPattern("*.tif", "a.tif"));
  CHECK_FALSE(fitsPattern("*.tif", "a.tiff"));
  CHECK(fitsPattern("cell_t??_c[01].tif", "cell_t07_c1.tif"));
  CHECK_FALSE(fitsPattern("cell_t??_c[01].tif", "cell_t07_c2.tif"));
  CHECK(fitsPattern("[[:digit:]_-]*", "7a"));
  CHECK(fitsPattern("[[:digit:]_-]*", "-a"));
  CHECK_FALSE(fitsPattern("[[:digit:]_-]*", "a"));
  CHECK(fitsPattern("[!a-c]", "d"));
  CHECK(fitsPattern("a\\*b", "a*b"));
  CHECK_FALSE(fitsPattern("a\\*b", "acb"));
  CHECK(fitsPattern("a[b", "a[b"));
  CHECK(fitsPattern("", ""));
  CHECK_FALSE(fitsPattern("", "a"));
  CHECK(fitsPattern("***", ""));
  for (const char* pattern : {"*", "?a", "[.]a", "*a"}) CHECK_FALSE(fitsPattern(pattern, ".a"));
  CHECK(fitsPattern(".*", ".a"));
  CHECK(fitsPattern("*?.a", "b.a"));
}

TEST_CASE("a pattern with many stars takes no more than moments") {
  std::string pattern;
  for (int i = 0; i < 30; ++i) pattern += "a*";
  CHECK_FALSE(fitsPattern(pattern + "b", std::string(2000, 'a')));
}

TEST_CASE("patterns fit what the C library's fnmatch says that they fit") {
  std::mt19937 random(3);
  const auto make = [&](const std::string& letters, std::size_t maxLength) {
    std::string text;
    for (std::size_t length = random() % maxLength; length > 0; --length) text += letters[random() % letters.size()];
    return text;
  };
  int fitting = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::string pattern = make("abcd**??[]]!-\\^", 9);
    const std::string name = make("abcd-]![", 6);
    // In glibc a set that is not closed and ends in a range matches nothing, rather than itself.
    if (pattern.ends_with('-') && pattern.find('[') != std::string::npos) continue;
    INFO("pattern " << pattern << ", name " << name);
    const bool fits = ::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0;
    if (fits != fitsPattern(pattern, name)) FAIL_CHECK("fnmatch says " << fits);
    fitting += fits ? 1 : 0;
  }
  CHECK(fitting > 5000);
}
