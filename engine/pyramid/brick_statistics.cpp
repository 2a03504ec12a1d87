#include "pyramid/brick_statistics.h"

#include <algorithm>

namespace volary {

double BrickStatistics::binBegin(int bin) const {
  if (bin == 0) return min;
  if (bin == kBins) return std::max(max, high);
  return low + (double(high) - low) * (bin - 1) / (kBins - 2);
}

}  // namespace volary
