#pragma once

#include <span>
#include <utility>
#include <vector>

namespace volary {

/// How values are distributed: the steps of their cumulative distribution function.
class ShownValues {
 public:
  using Step = std::pair<double, double>;

  ShownValues() = default;
  /// Values with their weights, in any order.
  static ShownValues of(std::vector<Step> weighted);
  /// All of these taken together, each counting the same; empty ones don't count.
  static ShownValues together(std::span<const ShownValues* const> parts);

  bool empty() const { return steps_.empty(); }

  /// The part of all that is at most `value`.
  double partUpTo(double value) const;

  // Not to be called if empty().

  /// The least value that at least the part `q` of all does not exceed.
  double quantile(double q) const;
  double least() const { return steps_.front().first; }
  double greatest() const { return steps_.back().first; }

  /// The value that best parts the low ones from the high ones. Values count as at most that of the 99.9 % quantile, so
  /// that few very bright ones are no class of their own.
  ///
  /// Source: Otsu: A Threshold Selection Method from Gray-Level Histograms (1979).
  double otsuThreshold() const;

  /// Ascending values, each with the part of all that lies at or below it.
  std::span<const Step> steps() const { return steps_; }

 private:
  std::vector<Step> steps_;
};

}  // namespace volary
