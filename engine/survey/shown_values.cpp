#include "survey/shown_values.h"

#include <algorithm>
#include <iterator>

namespace volary {

ShownValues ShownValues::of(std::vector<Step> weighted) {
  std::erase_if(weighted, [](const Step& one) { return one.second <= 0.0; });
  std::ranges::sort(weighted);
  ShownValues shown;
  double sum = 0.0;
  for (const auto& [value, weight] : weighted) {
    sum += weight;
    if (!shown.steps_.empty() && shown.steps_.back().first == value)
      shown.steps_.back().second = sum;
    else
      shown.steps_.emplace_back(value, sum);
  }
  for (Step& step : shown.steps_) step.second /= sum;
  return shown;
}

ShownValues ShownValues::together(std::span<const ShownValues* const> parts) {
  std::vector<Step> weighted;
  for (const ShownValues* part : parts) {
    double before = 0.0;
    for (const auto& [value, upTo] : part->steps_) weighted.emplace_back(value, upTo - std::exchange(before, upTo));
  }
  return of(std::move(weighted));
}

double ShownValues::partUpTo(double value) const {
  const auto above = std::ranges::upper_bound(steps_, value, {}, &Step::first);
  return above == steps_.begin() ? 0.0 : std::prev(above)->second;
}

double ShownValues::quantile(double q) const {
  const auto found = std::ranges::lower_bound(steps_, q, {}, &Step::second);
  return found != steps_.end() ? found->first : greatest();
}

double ShownValues::otsuThreshold() const {
  const double cap = quantile(0.999);
  double mean = 0.0, before = 0.0;
  for (const auto& [value, part] : steps_) {
    mean += std::min(value, cap) * (part - before);
    before = part;
  }
  double best = 0.0, threshold = least();
  double sum = 0.0;
  before = 0.0;
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i) {
    const auto [value, part] = steps_[i];
    sum += std::min(value, cap) * (part - before);
    before = part;
    if (part <= 0.0 || part >= 1.0) continue;
    const double difference = mean * part - sum;
    const double between = difference * difference / (part * (1.0 - part));
    if (between <= best) continue;
    best = between;
    threshold = 0.5 * (value + steps_[i + 1].first);
  }
  return threshold;
}

}  // namespace volary
