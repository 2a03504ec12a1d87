#include "survey/suitable_range.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace volary {

namespace {

constexpr double kSeen = 40.0 / 255.0;        // a brighter pixel shows something of the specimen
constexpr double kBrightest = 253.5 / 255.0;  // a brighter one is as bright as can be
constexpr double kMostClipped = 0.001;        // of these, at the range's end
constexpr double kMostHot = 0.01;             // the same for those that are ...
constexpr double kFar = 3.0;                  // ... so many times as far from black as all others
constexpr double kMostClippedByFile = 0.01;   // the same where the file states the range
constexpr double kLeastBrightPixels = 0.01;   // a smaller part of a picture is no specimen
constexpr double kLeastBrightVoxels = 0.0005;
constexpr double kTail = 0.001;            // of all voxels, which may lie below the range
constexpr double kBrightPart = 0.97;       // of a composite's pixels ...
constexpr double kBright = 215.0 / 255.0;  // ... are at most this bright
constexpr double kDim = 200.0 / 255.0;     // 95 % of a composite's pixels below: it uses too little of the screen

/// The values of the darker class and what parts the classes: of a specimen before an empty background.
struct Background {
  double middle = 0.0;
  double upTo = 0.0;
};

/// Absent if the values are of one class, or fewer than `leastBright` of all are of the brighter one.
std::optional<Background> findBackground(const ShownValues& values, double leastBright) {
  const double threshold = values.otsuThreshold();
  const double part = values.partUpTo(threshold);
  if (part < 0.05 || part > 1.0 - leastBright) return std::nullopt;
  const double middle = values.quantile(0.5 * part);
  const double above = values.quantile(part + 0.5 * (1.0 - part));
  // The classes lie apart: the darker one is narrow, compared with the way to the brighter one.
  const double width = values.quantile(0.9 * part) - values.quantile(0.1 * part);
  if (width > 0.6 * (above - middle)) return std::nullopt;
  return Background{middle, threshold};
}

/// The part of the pixels brighter than kSeen that have at least the value `range.max`.
double partClipped(const ShownValues& values, const ValueRange& range) {
  const double seen = 1.0 - values.partUpTo(range.min + kSeen * (range.max - range.min));
  if (seen <= 0.0) return 0.0;
  // 254 and 255 of 255 look alike.
  return (1.0 - values.partUpTo(range.min + kBrightest * (range.max - range.min))) / seen;
}

ValueRange widened(const ValueRange& range) {
  if (range.min < range.max) return range;
  // All values are equal: a grey picture says more than a black one. Only zero is black.
  if (range.min == 0.0) return {0.0, 1.0};
  return {std::min(0.0, 2.0 * range.min), std::max(0.0, 2.0 * range.min)};
}

/// From `low` to the least value with which no more than the part `clipped` of the specimen's pixels is cut off.
ValueRange rangeFrom(const ShownValues& values, double low, double clipped) {
  const auto steps = values.steps();
  const auto fits = [&](const ShownValues::Step& step) {
    return step.first > low && partClipped(values, {low, step.first}) <= clipped;
  };
  const auto found = std::ranges::find_if(steps, fits);
  return {low, found != steps.end() ? found->first : values.greatest()};
}

/// The same for as few as suit the values: where few are far brighter than all others, like a camera's hot pixels, they
/// are cut off.
ValueRange rangeFrom(const ShownValues& values, double low) {
  const ValueRange most = rangeFrom(values, low, kMostClipped), least = rangeFrom(values, low, kMostHot);
  return most.max - low > kFar * (least.max - low) ? least : most;
}

ValueRange rangeOfMaxima(const ShownValues& values) {
  const auto background = findBackground(values, kLeastBrightPixels);
  return widened(rangeFrom(values, background ? background->middle : values.quantile(kTail)));
}

/// Means along lines of cells vary less than those along lines of voxels.
ValueRange rangeOfMeans(const ShownValues& values) {
  constexpr double kWider = 1.1;
  const auto background = findBackground(values, kLeastBrightPixels);
  const double low = background ? background->middle : values.quantile(kTail);
  return widened({low, low + kWider * (rangeFrom(values, low).max - low)});
}

/// A surface at the threshold has the brightness in the range's middle.
ValueRange rangeOfSurface(const ShownValues& voxels) {
  const auto background = findBackground(voxels, kLeastBrightVoxels);
  const double low = background ? background->middle : voxels.quantile(kTail);
  return widened({low, low + 2.0 * std::max(0.0, voxels.otsuThreshold() - low)});
}

/// Pixels of a picture that composites the grid along its axes, from both sides.
class Composite {
 public:
  Composite(std::span<const ValueSurvey* const> surveys, const Shown& shown) : surveys_(surveys), shown_(shown) {}

  /// The brightness that the part `q` of the specimen's pixels has at most; 0 if none is seen.
  double quantile(const ValueRange& range, double q) const {
    constexpr int kEntries = 256;
    std::vector<double> brightness(kEntries + 1), logThrough(kEntries + 1);
    for (int i = 0; i <= kEntries; ++i) {
      const double at = double(i) / kEntries;
      brightness[static_cast<std::size_t>(i)] = shown_.brightness(at);
      logThrough[static_cast<std::size_t>(i)] = std::log(std::max(1e-9, 1.0 - shown_.opacity(at)));
    }
    std::vector<double> pixels;
    for (const ValueSurvey* survey : surveys_)
      for (int axis = 0; axis < 3; ++axis) {
        const double length = survey->grid.cellVoxels[axis] * survey->grid.repeat[axis] * shown_.voxelUnits[axis];
        const i64vec3& cells = survey->grid.cells;
        const i64vec3 strides(1, cells.x, cells.x * cells.y);
        const int u = (axis + 1) % 3, v = (axis + 2) % 3;
        const std::int64_t every = std::max<std::int64_t>(
            1, static_cast<std::int64_t>(std::sqrt(double(cells[u]) * double(cells[v]) / 1024.0)));
        for (std::int64_t i = every / 2; i < cells[u]; i += every)
          for (std::int64_t j = every / 2; j < cells[v]; j += every)
            for (const bool back : {false, true}) {
              double light = 0.0, through = 1.0;
              for (std::int64_t k = 0; k < cells[axis] && through > 0.002; ++k) {
                const std::int64_t at =
                    i * strides[u] + j * strides[v] + (back ? cells[axis] - 1 - k : k) * strides[axis];
                const double mean = survey->grid.means[static_cast<std::size_t>(at)];
                if (!std::isfinite(mean)) continue;
                const double grey = std::clamp((mean - range.min) / (range.max - range.min), 0.0, 1.0);
                const auto entry = static_cast<std::size_t>(grey * kEntries);
                const double passes = std::exp(logThrough[entry] * length);
                light += through * (1.0 - passes) * brightness[entry];
                through *= passes;
              }
              if (light > kSeen) pixels.push_back(light);
            }
      }
    if (pixels.empty()) return 0.0;
    const auto nth = pixels.begin() + static_cast<std::ptrdiff_t>(q * double(pixels.size() - 1));
    std::ranges::nth_element(pixels, nth);
    return *nth;
  }

 private:
  std::span<const ValueSurvey* const> surveys_;
  const Shown& shown_;
};

/// Background has no opacity; the range ends where the specimen's pixels become as bright as they shall be.
ValueRange rangeOfComposite(std::span<const ValueSurvey* const> surveys, const Shown& shown,
                            const ShownValues& voxels) {
  const auto background = findBackground(voxels, kLeastBrightVoxels);
  const double low =
      background ? background->middle + 0.25 * (background->upTo - background->middle) : voxels.quantile(kTail);
  const Composite composite(surveys, shown);
  double high = rangeFrom(voxels, low).max;
  double least = low + 0.02 * (high - low);
  constexpr int kHalvings = 10;
  if (composite.quantile({low, high}, kBrightPart) >= kBright) return widened({low, high});
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = 0.5 * (least + high);
    (composite.quantile({low, middle}, kBrightPart) >= kBright ? least : high) = middle;
  }
  return widened({low, high});
}

/// A file's window is made for voxels, as slices or projections show them: means and surfaces have others.
bool isMadeFor(Showing what) {
  return what == Showing::voxels || what == Showing::maxima || what == Showing::composite;
}

bool suits(const ValueRange& suggested, const ShownValues& values, std::span<const ValueSurvey* const> surveys,
           const Shown& shown) {
  if (!isMadeFor(shown.what) || suggested.min >= suggested.max || partClipped(values, suggested) > kMostClippedByFile)
    return false;
  if (suggested.min >= values.greatest()) return false;
  return shown.what != Showing::composite || Composite(surveys, shown).quantile(suggested, 0.95) >= kDim;
}

/// The distribution of what the pixels show.
ShownValues valuesOf(std::span<const ValueSurvey* const> surveys, Showing what) {
  std::vector<const ShownValues*> parts;
  for (const ValueSurvey* survey : surveys) switch (what) {
      case Showing::maxima: parts.push_back(&survey->lineMaxima); break;
      case Showing::minima: parts.push_back(&survey->lineMinima); break;
      case Showing::means:
      case Showing::sums: parts.push_back(&survey->lineMeans); break;
      case Showing::voxels:
      case Showing::surface:
      case Showing::composite: parts.push_back(&survey->voxels); break;
    }
  return ShownValues::together(parts);
}

std::vector<const ValueSurvey*> withoutEmpty(std::span<const ValueSurvey* const> surveys) {
  std::vector<const ValueSurvey*> kept;
  for (const ValueSurvey* survey : surveys)
    if (!survey->empty()) kept.push_back(survey);
  return kept;
}

}  // namespace

std::optional<ValueRange> findSuitableRange(std::span<const ValueSurvey* const> surveys, const Shown& shown,
                                            const std::optional<ValueRange>& suggested) {
  const std::vector<const ValueSurvey*> known = withoutEmpty(surveys);
  if (known.empty()) return std::nullopt;
  const ShownValues values = valuesOf(known, shown.what);
  if (suggested && suits(*suggested, values, known, shown)) return suggested;
  switch (shown.what) {
    case Showing::composite: return rangeOfComposite(known, shown, values);
    case Showing::voxels: return widened(rangeFrom(values, values.quantile(kTail)));
    case Showing::minima: return widened({values.quantile(kTail), values.quantile(1.0 - kTail)});
    case Showing::surface: return rangeOfSurface(values);
    case Showing::means:
    case Showing::sums: return rangeOfMeans(values);
    case Showing::maxima: break;
  }
  return rangeOfMaxima(values);
}

std::optional<double> findThreshold(std::span<const ValueSurvey* const> surveys) {
  const std::vector<const ValueSurvey*> known = withoutEmpty(surveys);
  if (known.empty()) return std::nullopt;
  return valuesOf(known, Showing::voxels).otsuThreshold();
}

}  // namespace volary
