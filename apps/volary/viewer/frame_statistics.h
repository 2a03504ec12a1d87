#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace volary {

struct Percentiles {
  double p50 = 0.0;
  double p95 = 0.0;
  double p99 = 0.0;
};

/// How long the last kFrames frames took.
class FrameTimes {
 public:
  void add(double milliseconds);
  Percentiles percentiles() const;  ///< by nearest rank; zeros if there were no frames

  static constexpr std::size_t kFrames = 240;  // four seconds of a fast display

 private:
  std::deque<double> milliseconds_;
};

/// The rate of a counter that only grows, over the last kSeconds.
class RateMeter {
 public:
  void add(std::uint64_t total, double nowSeconds);
  double perSecond() const;

  static constexpr double kSeconds = 1.0;

 private:
  struct Sample {
    double seconds;
    std::uint64_t total;
  };
  std::deque<Sample> samples_;
};

}  // namespace volary
