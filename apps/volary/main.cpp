#include "base/error.h"
#include "formats/open.h"

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  try {
    if (argc < 2) volary::fail("usage: volary FILE");
    volary::openSource(argv[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "volary: %s\n", error.what());
    return 1;
  }
}
