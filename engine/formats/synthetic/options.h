#pragma once

#include "base/geometry.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace volary {

/// The parts of a location "synthetic:NAME?key=value&key=value".
///
/// Each key is taken once by whoever understands it; expectNoneLeft() then refuses what nobody took. Every function
/// throws Error, naming the location and the key, for a value that can't be understood.
class SyntheticOptions {
 public:
  explicit SyntheticOptions(const std::string& location);

  const std::string& location() const { return location_; }
  const std::string& name() const { return name_; }

  std::optional<std::string> takeText(const std::string& key);
  /// An integer in [min, max].
  std::optional<std::int64_t> takeInteger(const std::string& key, std::int64_t min, std::int64_t max);
  /// A finite number.
  std::optional<double> takeNumber(const std::string& key);
  /// Three integers in [min, max], "512x512x384"; one stands for all three.
  std::optional<i64vec3> takeCounts(const std::string& key, std::int64_t min, std::int64_t max);
  /// Three finite numbers, "0.406x0.406x0.65"; one stands for all three.
  std::optional<dvec3> takeNumbers(const std::string& key);

  void expectNoneLeft() const;

 private:
  std::string location_;
  std::string name_;
  std::map<std::string, std::string> values_;
  std::vector<std::string> known_;
};

}  // namespace volary
