#include "commands/convert_progress.h"

#include "base/os/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace volary {

namespace {

constexpr std::chrono::milliseconds kBarInterval{200};
constexpr std::chrono::seconds kLineInterval{10};
constexpr std::size_t kBarWidth = 24;

std::string durationText(double seconds) {
  const auto whole = static_cast<long long>(std::ceil(seconds));
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

double shareOf(const ConvertProgress& progress) {
  if (progress.totalBytes == 0) return 1.0;
  return static_cast<double>(progress.doneBytes) / static_cast<double>(progress.totalBytes);
}

std::string barText(double share) {
  const auto full = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * kBarWidth);
  return fmt::format("[{:.<{}}]", std::string(full, '#'), kBarWidth);
}

}  // namespace

ProgressLineKind progressLineKind() {
  return os::standardErrorIsTerminal() ? ProgressLineKind::bar : ProgressLineKind::lines;
}

std::string progressText(const ConvertProgress& progress, double seconds) {
  const double read = static_cast<double>(progress.doneBytes - progress.skippedBytes);
  std::string text = fmt::format("{:.0f} %", std::floor(100.0 * shareOf(progress)));
  if (seconds <= 0.0 || read <= 0.0) return text;
  const double left = static_cast<double>(progress.totalBytes - std::min(progress.totalBytes, progress.doneBytes));
  return fmt::format("{}, {:.0f} MB/s, {} left", text, read / seconds / 1e6, durationText(left * seconds / read));
}

void ConvertProgressLine::show(const ConvertProgress& progress) {
  if (kind_ == ProgressLineKind::none) return;
  const Clock::time_point now = Clock::now();
  if (progress.verifying != verifying_) {
    verifying_ = progress.verifying;
    start_ = shown_ = now;
  }
  const bool last = progress.doneBytes == progress.totalBytes;
  if (now - shown_ <
          (kind_ == ProgressLineKind::bar ? Clock::duration(kBarInterval) : Clock::duration(kLineInterval)) &&
      !(last && kind_ == ProgressLineKind::bar))
    return;
  shown_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const std::string bar = kind_ == ProgressLineKind::bar ? barText(shareOf(progress)) : "";
  const std::string text = fmt::format("volary: {} {}: {}{}{}", verifying_ ? "verifying" : "writing", title_, bar,
                                       bar.empty() ? "" : " ", progressText(progress, seconds));
  if (kind_ == ProgressLineKind::lines) {
    std::fprintf(stderr, "%s\n", text.c_str());
    return;
  }
  const std::size_t padding = width_ - std::min(width_, text.size());
  width_ = text.size();
  std::fprintf(stderr, "\r%s%s", text.c_str(), std::string(padding, ' ').c_str());
  std::fflush(stderr);
}

void ConvertProgressLine::finish() {
  if (width_ > 0) std::fputc('\n', stderr);
  width_ = 0;
}

}  // namespace volary
