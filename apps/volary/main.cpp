#include "base/os/signals.h"
#include "options/command_line.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

using namespace volary;

namespace {

constexpr const char* kDescription =
    "Volary looks into microscopy volumes that are larger than memory: it opens a resolution pyramid in "
    "place\n"
    "and streams the bricks that a view needs into a fixed page cache on the GPU.\n\n"
    "volary FILE opens FILE in the viewer, as volary view FILE does.";
constexpr const char* kFooter =
    "Indices and ids start at 0; axes are the file's x, y, z. Exit status: 0 done, 1 the work failed (one "
    "sentence\n"
    "on standard error), 2 the command line is wrong. volary COMMAND --help says all about a command.\n\n"
    "Examples:\n"
    "  volary embryo.xml\n"
    "  volary info embryo.xml\n"
    "  volary slice embryo.xml --axis z --index 100 -o plane.tif\n"
    "  volary render embryo.xml --size 1280x720 -o picture.png";

enum ExitStatus : int { kDone = 0, kFailed = 1, kUsage = 2 };

// One sentence on one line, whatever libraries put into their texts.
int complain(std::string sentence, ExitStatus status) {
  while (!sentence.empty() && sentence.back() == '\n') sentence.pop_back();
  std::ranges::replace(sentence, '\n', ' ');
  std::fprintf(stderr, "volary: %s\n", sentence.c_str());
  return status;
}

bool isCommand(const CLI::App& app, const std::string& name) {
  return !app.get_subcommands([&](const CLI::App* command) { return command->get_name() == name; }).empty();
}

// `volary FILE ...` means `volary view FILE ...`.
std::vector<std::string> completeArguments(const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty() || isCommand(app, arguments.front()) || arguments.front().starts_with("-")) return arguments;
  if (arguments.front().find_first_of("./:") == std::string::npos && !std::filesystem::exists(arguments.front()))
    throw UsageError("'" + arguments.front() + "' is neither a command nor a file; volary --help lists the commands");
  arguments.insert(arguments.begin(), "view");
  return arguments;
}

int run(int argc, char** argv) {
  CLI::App app(kDescription, "volary");
  app.footer(kFooter);
  app.set_version_flag("--version", VOLARY_VERSION, "Print the version and exit");
  app.require_subcommand(0, 1);  // without a command, the complaint is about an unknown option
  app.failure_message([](const CLI::App*, const CLI::Error&) { return std::string(); });

  Command chosen;
  addViewCommand(app, chosen);
  addInfoCommand(app, chosen);
  addSliceCommand(app, chosen);
  addRenderCommand(app, chosen);
  addSynthCommand(app, chosen);
  addConvertCommand(app, chosen);
  addKeysCommand(app, chosen);
  addBenchCommand(app, chosen);

  std::vector<std::string> arguments = completeArguments(app, argc, argv);
  std::ranges::reverse(arguments);  // CLI11 takes them from the back
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    const auto commands = app.get_subcommands();
    const std::string command = commands.empty() ? "volary" : "volary " + commands.front()->get_name();
    throw UsageError(std::string(error.what()) + " (see " + command + " --help)");
  }
  if (!chosen) throw UsageError("a command or a file is missing; volary --help lists the commands");
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  os::outliveFileSizeLimit();
  try {
    return run(argc, argv);
  } catch (const UsageError& error) {
    return complain(error.what(), kUsage);
  } catch (const std::bad_alloc&) {
    return complain("there is not enough memory for this", kFailed);
  } catch (const std::exception& error) {
    return complain(error.what(), kFailed);
  }
}
