#include "support/source_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
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
  static const std::regex kInclude(R"(\s*#\s*include\s*["<]([^">]+)[">].*)");
  std::vector<Include> includes;
  for (int number = 1; const std::string_view line : linesOf(file)) {
    std::cmatch match;
    if (std::regex_match(line.data(), line.data() + line.size(), match, kInclude))
      includes.push_back({match[1].str(), number});
    ++number;
  }
  return includes;
}

}  // namespace volary::test
