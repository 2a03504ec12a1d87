// Runs a fuzzer's function without libFuzzer: on each seed, and on changed copies of it that are the same every time.
//
// Usage: test_fuzz_NAME LAST_INPUT SEED... LAST_INPUT always holds the current input, whatever the program dies of.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count);

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr int kChanges = 400;       // of each seed ...
constexpr int kMaxInputs = 12'000;  // ... and fewer if there are many seeds: a few seconds in all

/// Leaves `input` in the file, so that it is there whatever comes next.
bool keep(int file, const Bytes& input) {
  return pwrite(file, input.data(), input.size(), 0) == static_cast<ssize_t>(input.size()) &&
         ftruncate(file, static_cast<off_t>(input.size())) == 0;
}

/// One change as hostile files have them: bytes, numbers at the edge of their range, pieces lost, doubled or foreign.
void change(Bytes& input, const Bytes& other, std::mt19937_64& random) {
  constexpr std::uint8_t kEdges[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
  const std::size_t at = input.empty() ? 0 : random() % input.size();
  const std::size_t length = input.empty() ? 0 : std::min<std::size_t>(input.size() - at, 1 + random() % 8);
  const auto place = input.begin() + static_cast<std::ptrdiff_t>(at);
  switch (random() % 7) {
    case 0:
      if (!input.empty()) *place = static_cast<std::uint8_t>(random());
      break;
    case 1:
      if (!input.empty()) *place ^= static_cast<std::uint8_t>(1u << random() % 8);
      break;
    case 2: std::fill_n(place, length, kEdges[random() % std::size(kEdges)]); break;
    case 3: input.erase(place, place + static_cast<std::ptrdiff_t>(length)); break;
    case 4: {
      const Bytes piece(place, place + static_cast<std::ptrdiff_t>(length));
      input.insert(place, piece.begin(), piece.end());
      break;
    }
    case 5: input.resize(at); break;
    default: {
      if (other.empty()) break;
      const std::size_t from = random() % other.size();
      const std::size_t count = std::min({other.size() - from, input.size() - at, 1 + random() % 64});
      std::copy_n(other.begin() + static_cast<std::ptrdiff_t>(from), count, place);
    }
  }
}

}  // namespace

int main(int argumentCount, char** arguments) {
  if (argumentCount < 2) {
    std::fprintf(stderr, "usage: %s LAST_INPUT SEED...\n", arguments[0]);
    return 2;
  }
  const int last = open(arguments[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const auto run = [&](const Bytes& input) {
    if (!keep(last, input)) {
      std::fprintf(stderr, "%s can't be written\n", arguments[1]);
      std::exit(2);
    }
    LLVMFuzzerTestOneInput(input.data(), input.size());
  };

  std::vector<Bytes> seeds = {Bytes()};
  for (int i = 2; i < argumentCount; ++i) {
    std::ifstream stream(arguments[i], std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  std::printf("%zu seeds; should this end badly, %s is the input that does it\n", seeds.size(), arguments[1]);
  std::fflush(stdout);

  std::mt19937_64 random(1);
  const int changes = std::min(kChanges, kMaxInputs / static_cast<int>(seeds.size()));
  for (const Bytes& seed : seeds) {
    run(seed);
    for (int i = 0; i < changes; ++i) {
      Bytes input = seed;
      for (std::uint64_t count = 1 + random() % 4; count > 0; --count)
        change(input, seeds[random() % seeds.size()], random);
      run(input);
    }
  }
  close(last);
  unlink(arguments[1]);
}
