#include "options/command_line.h"
#include "viewer/input/keymap.h"

#include <CLI/CLI.hpp>

namespace volary {

void addKeysCommand(CLI::App& app, Command& chosen) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("keys", "List the viewer's keys and mouse gestures");
  command->add_flag("--json", *json, "As JSON");
  command->footer("The viewer shows the same list: F1 or H.\n\nExample: volary keys");
  command->callback([json, &chosen] {
    chosen = [json] {
      printOut(*json ? keysJson() : keysText());
      return 0;
    };
  });
}

}  // namespace volary
