#include "export/convert_folder.h"

#include "base/error.h"
#include "storage/atomic_file.h"

#include <fstream>
#include <iterator>

namespace volary {
namespace {

namespace fs = std::filesystem;

// Makes a folder; true if it was not there before.
bool makeFolder(const fs::path& path) {
  std::error_code error;
  const bool made = fs::create_directory(path, error);
  if (error) fail("{}: can't be made: {}", path.string(), systemErrorText(error.value()));
  return made;
}

std::string readText(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

fs::path ConvertFolder::pathFor(const fs::path& out) { return fs::path(out) += ".partial"; }

void ConvertFolder::open(const std::string& plan, Sharing sharing, Existing existing) {
  const bool made = makeFolder(path_);
  try {
    openMade(plan, sharing, existing);
  } catch (...) {
    if (made) remove();
    throw;
  }
}

void ConvertFolder::openMade(const std::string& plan, Sharing sharing, Existing existing) {
  if (!lock_.tryLock(path_ / "lock",
                     sharing == Sharing::alone ? FileLock::Sharing::alone : FileLock::Sharing::together))
    fail("{}: another process is at work on this", path_.string());
  const fs::path file = path_ / "plan.json";
  const char* const folders[] = {"data", "sums", "verify", "done"};
  if (existing == Existing::discard) {
    fs::remove(file);
    for (const char* name : folders) fs::remove_all(path_ / name);
  }
  for (const char* name : folders) makeFolder(path_ / name);
  if (!fs::exists(file)) writeWhole(file, plan);
  if (readText(file) != plan)
    fail("{}: an unfinished conversion of something else, or with other options, is there; --force begins anew",
         path_.string());
}

bool ConvertFolder::holdsWork() const {
  std::error_code error;
  const fs::directory_iterator first(path_ / "done", error);
  return !error && first != fs::directory_iterator();
}

void ConvertFolder::markDone(const std::string& block, std::span<const std::byte> note) {
  writeWhole(path_ / "done" / block, note);
}

std::vector<std::byte> ConvertFolder::readNote(const std::string& block) const {
  const std::string text = readText(path_ / "done" / block);
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

bool ConvertFolder::isDone(const std::string& block) const {
  std::error_code ignored;
  return fs::exists(path_ / "done" / block, ignored);
}

bool ConvertFolder::lockFinish() {
  std::error_code ignored;
  return finishLock_.waitForLock(path_ / "finish.lock") && fs::exists(path_ / "plan.json", ignored);
}

void ConvertFolder::publish(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const fs::path from = data() / name;
    const fs::path to = out_.parent_path() / name;
    std::error_code error;
    // A run that was killed here has moved some already.
    if (!fs::exists(from, error) && fs::exists(to, error)) continue;
    // A folder can't be renamed over one that holds something.
    if (fs::is_directory(to, error)) fs::remove_all(to, error);
    fs::rename(from, to, error);
    if (error) fail("{}: can't be written: {}", to.string(), error.message());
  }
  remove();
}

void ConvertFolder::remove() noexcept {
  std::error_code ignored;
  // The plan first: without it nobody takes the rest for something to resume.
  fs::remove(path_ / "plan.json", ignored);
  fs::remove_all(path_, ignored);
}

}  // namespace volary
