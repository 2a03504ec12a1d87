#pragma once

#include "formats/hdf5/unsupported.h"

#include <filesystem>

namespace volary::hdf5 {

/// Calls `read` and puts "FILE: " ahead of the sentence of an Error that it throws.
template <typename Read>
decltype(auto) nameFileInErrors(const std::filesystem::path& path, Read&& read) {
  try {
    return read();
  } catch (const Unsupported& error) {
    failUnsupported("{}: {}", path.string(), error.what());
  } catch (const Error& error) {
    fail("{}: {}", path.string(), error.what());
  }
}

}  // namespace volary::hdf5
