#pragma once

#include "export/convert.h"

#include <chrono>
#include <string>

namespace volary {

enum class ProgressLineKind {
  none,
  bar,    ///< one line that is written anew, for a terminal
  lines,  ///< a line now and then, for a file
};

/// What suits standard error.
ProgressLineKind progressLineKind();

/// Shows on standard error how far a conversion is, how fast, and how long it will take. One thread at a time.
class ConvertProgressLine {
 public:
  ConvertProgressLine(ProgressLineKind kind, std::string title) : kind_(kind), title_(std::move(title)) {}
  /// Ends the bar's line, so that what comes next has one of its own.
  ~ConvertProgressLine() { finish(); }
  ConvertProgressLine(const ConvertProgressLine&) = delete;
  ConvertProgressLine& operator=(const ConvertProgressLine&) = delete;

  void show(const ConvertProgress& progress);
  void finish();

 private:
  using Clock = std::chrono::steady_clock;

  ProgressLineKind kind_;
  std::string title_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point shown_ = start_;
  bool verifying_ = false;
  std::size_t width_ = 0;  ///< characters of the bar that is shown
};

/// "37 %, 210 MB/s, 1:05 left".
std::string progressText(const ConvertProgress& progress, double seconds);

}  // namespace volary
