#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

namespace volary::test {

/// A file that lives in memory, so that thousands can be tried. Gone when this is destroyed.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::byte> bytes) : descriptor_(memfd_create("volary-test", MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::runtime_error("no file in memory can be made");
    if (write(descriptor_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size())) return;
    close(descriptor_);
    throw std::runtime_error("a file in memory can't be written");
  }
  explicit MemoryFile(const std::string& bytes) : MemoryFile(std::as_bytes(std::span(bytes))) {}
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace volary::test
