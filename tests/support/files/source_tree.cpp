#include "support/files/source_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace volary::test {

namespace fs = std::filesystem;

namespace {

const fs::path kRoot = VOLARY_SOURCE_DIR;

std::string readText(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// Takes leading blanks and then `word` off the line; false if something else stands there.
bool skipWord(std::string_view& line, std::string_view word) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  if (!line.starts_with(word)) return false;
  line.remove_prefix(word.size());
  return true;
}

}  // namespace

std::vector<SourceFile> readSourceTree(const std::vector<std::string>& folders,
                                       const std::vector<std::string>& suffixes) {
  std::vector<SourceFile> files;
  for (const std::string& folder : folders) {
    if (!fs::is_directory(kRoot / folder)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      const std::string suffix = entry.path().extension().string();
      if (!entry.is_regular_file() || std::find(suffixes.begin(), suffixes.end(), suffix) == suffixes.end()) continue;
      files.push_back({entry.path().lexically_relative(kRoot).generic_string(), readText(entry.path())});
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

std::vector<std::string> foldersOf(const std::string& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(kRoot / folder))
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string_view> linesOf(const SourceFile& file) {
  std::vector<std::string_view> lines;
  std::string_view rest = file.text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lines;
}

std::vector<Include> includesOf(const SourceFile& file) {
  std::vector<Include> includes;
  for (int number = 1; std::string_view line : linesOf(file)) {
    if (skipWord(line, "#") && skipWord(line, "include") && (skipWord(line, "\"") || skipWord(line, "<")))
      includes.push_back({std::string(line.substr(0, line.find_first_of("\">"))), number});
    ++number;
  }
  return includes;
}

}  // namespace volary::test
