// Any text as the JSON of a view: a view that was read is written so that it reads the same.
#include "base/error.h"
#include "fuzz/fuzz_input.h"
#include "scene/view.h"

#include <string>

using namespace volary;
using namespace volary::test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const std::string text(FuzzInput(bytes, count).restAsText());
  View view;
  try {
    view = readViewJson(text, "view");
  } catch (const Error&) {
    return 0;  // a text that is no view should end here
  }
  View again = readViewJson(writeViewJson(view), "view");
  // The camera's angle is written in degrees, which rounds it.
  again.camera = view.camera;
  require(again == view, "a view is another after writing and reading it");
  return 0;
}
