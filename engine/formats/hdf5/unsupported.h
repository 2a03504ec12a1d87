#pragma once

#include "base/error.h"

namespace volary::hdf5 {

/// Thrown if the file holds something that a sound HDF5 file may hold but this reader does not know. Another reader may
/// be tried then; a plain Error says that the file is damaged.
class Unsupported : public Error {
 public:
  using Error::Error;
};

/// Throws Unsupported with a formatted sentence.
template <typename... Args>
[[noreturn]] void failUnsupported(fmt::format_string<Args...> sentence, Args&&... args) {
  throw Unsupported(fmt::format(sentence, std::forward<Args>(args)...));
}

}  // namespace volary::hdf5
