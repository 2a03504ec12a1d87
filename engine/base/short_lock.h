#pragma once

#include "base/os/processor.h"

#include <mutex>

namespace volary {

/// Locks a mutex that is held for microseconds at a time: tries for about as long before it goes to sleep, which would
/// cost the thread, and whoever has to wake it, more than what it waits for. For locks that many threads take for each
/// piece of their work.
inline std::unique_lock<std::mutex> lockShortly(std::mutex& mutex) {
  constexpr int kTries = 400;  // some 10 us, each a pause of a core that has nothing better to do
  std::unique_lock lock(mutex, std::try_to_lock);
  for (int i = 0; i < kTries && !lock.owns_lock(); ++i) {
    os::pauseCore();
    if (i % 8 == 7) static_cast<void>(lock.try_lock());
  }
  if (!lock.owns_lock()) lock.lock();
  return lock;
}

}  // namespace volary
