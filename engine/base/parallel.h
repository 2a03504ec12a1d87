#pragma once

#include <cstddef>
#include <functional>

namespace volary {

/// Number of threads to use where the caller says 0: one per core.
int threadsOrCores(int threads);

/// Calls task(i) for every i in [0, count), on `threads` threads that take the next index as they get free; returns
/// when all are done. The first exception that a task throws is thrown again here, and what has not begun by then is
/// left out.
void parallelFor(std::size_t count, int threads, const std::function<void(std::size_t)>& task);

}  // namespace volary
