#pragma once

#include "base/geometry.h"
#include "pyramid/dataset.h"
#include "pyramid/voxel_type.h"
#include "scene/clip.h"

#include <charconv>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace volary {

/// The command line is wrong, whatever the file holds: exit status 2. `what()` is one sentence for the user.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The command that the command line asks for; returns the exit status. Throws Error or UsageError.
using Command = std::function<int()>;

// Each adds one subcommand and, when that is parsed, sets `chosen`.
void addViewCommand(CLI::App& app, Command& chosen);
void addInfoCommand(CLI::App& app, Command& chosen);
void addSliceCommand(CLI::App& app, Command& chosen);
void addRenderCommand(CLI::App& app, Command& chosen);
void addSynthCommand(CLI::App& app, Command& chosen);
void addConvertCommand(CLI::App& app, Command& chosen);
void addKeysCommand(CLI::App& app, Command& chosen);
void addBenchCommand(CLI::App& app, Command& chosen);

/// Which image of a dataset the user named, by the file's own ids. Absent = the first one.
struct ImageChoice {
  std::optional<int> setup;
  std::optional<int> timepoint;
};
/// Adds --setup and --time.
void addImageChoice(CLI::App& command, ImageChoice& choice);
/// The chosen image; without --time the first time point at which the setup is present. Throws Error if there
/// is no such image.
ImageId findImage(const Dataset& dataset, const ImageChoice& choice);

/// The description of FILE in every command.
std::string fileHelp();

// Texts of options. Each throws UsageError, naming `option`, if the text is not of that form.

/// The parts between separators; empty ones count.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The whole of `text` as a number, without spaces or a plus; nothing if it is something else.
template <typename T>
std::optional<T> findNumber(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "x", "y" or "z" -> 0, 1 or 2.
int parseAxis(const std::string& text);
/// "LO,HI" -> a contrast range; LO > HI inverts, LO = HI is refused.
ValueRange parseRange(const std::string& text);
/// `count` finite numbers with commas between them.
std::vector<double> parseNumbers(const std::string& option, const std::string& text, std::size_t count,
                                 std::string_view example);
/// "NX,NY,NZ,D": the normal and the offset of a plane, whatever the normal's length.
Plane parsePlane(const std::string& option, const std::string& text);
/// "640x480": positive whole numbers.
ivec2 parseSize2(const std::string& option, const std::string& text);
/// "512x512x384": positive whole numbers.
i64vec3 parseSize3(const std::string& option, const std::string& text);

/// Writes all of `text` to standard output. Throws Error if that fails (a full disk behind a redirection).
void printOut(const std::string& text);

}  // namespace volary
