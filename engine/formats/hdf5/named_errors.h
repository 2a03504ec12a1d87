#pragma once

#include "formats/hdf5/unsupported.h"
#include "storage/location.h"

namespace volary::hdf5 {

/// Calls `read`; if that throws an Error, puts "FILE: " before its sentence.
template <typename Read>
decltype(auto) nameFileInErrors(const Location& file, Read&& read) {
  try {
    return read();
  } catch (const Unsupported& error) {
    failUnsupported("{}: {}", file.text(), error.what());
  } catch (const Error& error) {
    fail("{}: {}", file.text(), error.what());
  }
}

}  // namespace volary::hdf5
