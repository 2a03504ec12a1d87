#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace volary {

/// The world failed: a file, a format, a driver. `what()` is one readable sentence that names the file and the cause,
/// fit to be shown to the user as it is.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws Error with a formatted sentence.
template <typename... Args>
[[noreturn]] void fail(fmt::format_string<Args...> sentence, Args&&... args) {
  throw Error(fmt::format(sentence, std::forward<Args>(args)...));
}

/// The words of the C library for `errorNumber` (an errno value), for example "No such file or directory".
std::string systemErrorText(int errorNumber);

}  // namespace volary
