#include "storage/local_store.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace volary {

namespace {

namespace fs = std::filesystem;

FileVersion versionOf(const struct stat& status) {
  return {.sizeBytes = static_cast<std::uint64_t>(status.st_size),
          .modifiedNs = static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec,
          .tag = fmt::format("{}:{}", status.st_dev, status.st_ino)};
}

class LocalFile final : public ByteFile {
 public:
  /// Takes the descriptor over.
  LocalFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  ~LocalFile() override { ::close(descriptor_); }

  void look() {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) fail("{}", systemErrorText(errno));
    if (!S_ISREG(status.st_mode)) fail("this is not a regular file");
    version_ = versionOf(status);
  }

  const FileVersion& version() const override { return version_; }

  /// Also where another file has got its name: ours is still read then, but is not what people see there.
  bool isAsOpened() const override {
    struct stat now {};
    return ::stat(path_.c_str(), &now) == 0 && versionOf(now) == version_;
  }

  void expect(const ByteRange& range) const noexcept override {
    ::posix_fadvise(descriptor_, static_cast<off_t>(range.position), static_cast<off_t>(range.bytes),
                    POSIX_FADV_WILLNEED);
  }

 private:
  void read(std::uint64_t position, std::span<std::byte> out) const override {
    while (!out.empty()) {
      const ssize_t count = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(position));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0)
        throw ReadError(fmt::format("{} bytes at {} can't be read: {}", out.size(), position, systemErrorText(errno)));
      if (count == 0)
        throw ReadError(fmt::format("the file has become shorter, {} bytes at {} are gone", out.size(), position));
      out = out.subspan(static_cast<std::size_t>(count));
      position += static_cast<std::uint64_t>(count);
    }
  }

  const std::string path_;
  const int descriptor_;
  FileVersion version_;
};

EntryKind kindOf(const fs::file_status& status) {
  if (fs::is_regular_file(status)) return EntryKind::file;
  return fs::is_directory(status) ? EntryKind::folder : EntryKind::other;
}

class LocalStore final : public Store {
 public:
  std::shared_ptr<ByteFile> find(const std::string& key) override {
    // Without O_NONBLOCK, opening a FIFO would wait for a writer.
    const int descriptor = ::open(key.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
      if (errno == ENOENT || errno == ENOTDIR) return nullptr;
      fail("{}", systemErrorText(errno));
    }
    const auto file = std::make_shared<LocalFile>(key, descriptor);
    file->look();
    return file;
  }

  std::optional<EntryKind> findKind(const std::string& key) override {
    std::error_code error;
    const fs::file_status status = fs::status(key, error);
    if (!fs::exists(status)) return std::nullopt;
    return kindOf(status);
  }

  std::optional<FileVersion> findVersion(const std::string& key) override {
    struct stat status {};
    if (::stat(key.c_str(), &status) != 0) return std::nullopt;
    FileVersion version = versionOf(status);
    if (S_ISDIR(status.st_mode)) version.sizeBytes = 0;
    return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) ? std::optional(version) : std::nullopt;
  }

  std::optional<std::vector<StoreEntry>> list(const std::string& key) override {
    std::error_code error;
    fs::directory_iterator entry(key.empty() ? "." : key, error);
    if (error) return std::nullopt;
    std::vector<StoreEntry> entries;
    for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
      std::error_code ignored;
      // Mostly known from the listing: no look at each file.
      const EntryKind kind = entry->is_regular_file(ignored) ? EntryKind::file
                             : entry->is_directory(ignored)  ? EntryKind::folder
                                                             : EntryKind::other;
      entries.push_back({entry->path().filename().string(), kind});
    }
    return entries;
  }

  std::string describe(const std::string& key) const override { return key; }
};

}  // namespace

const std::shared_ptr<Store>& localStore() {
  static const std::shared_ptr<Store> store = std::make_shared<LocalStore>();
  return store;
}

std::shared_ptr<ByteFile> findLocalFile(const fs::path& path) { return localStore()->find(path.string()); }

std::shared_ptr<ByteFile> openLocalFile(const fs::path& path) {
  try {
    if (std::shared_ptr<ByteFile> file = findLocalFile(path)) return file;
  } catch (const Error& error) {
    fail("{}: {}", path.string(), error.what());
  }
  fail("{}: {}", path.string(), systemErrorText(ENOENT));
}

}  // namespace volary
