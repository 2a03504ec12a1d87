// Is preloaded into the program (LD_PRELOAD): the process then sends itself a signal at a point of its work, not of
// time, that a test chooses.
//
// VOLARY_SIGNAL is "NUMBER COUNT [TEXT]": signal NUMBER right after step number COUNT. With TEXT, a step is a file that
// gets a name with TEXT in its path. Without TEXT, a step is any file that gets its name, or one write at a place in a
// file. VOLARY_COUNT_STEPS names a file; at its end the process writes into it how many steps without TEXT there were.
#include <dlfcn.h>
#include <sys/types.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

struct Order {
  int signal = 0;
  long count = 0;
  std::string text;
};

Order readOrder() {
  Order order;
  char text[64] = "";
  if (const char* value = std::getenv("VOLARY_SIGNAL"))
    std::sscanf(value, "%d %ld %63s", &order.signal, &order.count, text);
  order.text = text;
  return order;
}

std::atomic<long> steps = 0;     // of any kind
std::atomic<long> matching = 0;  // those that VOLARY_SIGNAL counts

/// `path` is null for a write.
void step(const char* path) {
  static const Order order = readOrder();
  ++steps;
  const bool matches = order.text.empty() || (path && std::strstr(path, order.text.c_str()));
  if (matches && ++matching == order.count) std::raise(order.signal);
}

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

struct Teller {
  ~Teller() {
    const char* path = std::getenv("VOLARY_COUNT_STEPS");
    std::FILE* const file = path ? std::fopen(path, "w") : nullptr;
    if (!file) return;
    std::fprintf(file, "%ld\n", steps.load());
    std::fclose(file);
  }
} teller;

}  // namespace

extern "C" {

int rename(const char* from, const char* to) noexcept {
  static const auto call = next<int (*)(const char*, const char*)>("rename");
  const int result = call(from, to);
  if (result == 0) step(to);
  return result;
}

ssize_t pwrite(int file, const void* bytes, std::size_t count, off_t at) {
  static const auto call = next<ssize_t (*)(int, const void*, std::size_t, off_t)>("pwrite");
  const ssize_t result = call(file, bytes, count, at);
  step(nullptr);
  return result;
}

ssize_t pwrite64(int file, const void* bytes, std::size_t count, off64_t at) {
  static const auto call = next<ssize_t (*)(int, const void*, std::size_t, off64_t)>("pwrite64");
  const ssize_t result = call(file, bytes, count, at);
  step(nullptr);
  return result;
}
}
