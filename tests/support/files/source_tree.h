#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace volary::test {

/// A text file of the project; `path` is relative to the project's folder, with `/`.
struct SourceFile {
  std::string path;
  std::string text;
};

/// One #include of a file: what stands between the quotes or brackets, and its line, from 1.
struct Include {
  std::string path;
  int line;
};

/// The files below `folders` whose name ends in one of `suffixes` ("" = without a suffix), sorted by path. Folders that
/// do not exist are left out.
std::vector<SourceFile> readSourceTree(const std::vector<std::string>& folders,
                                       const std::vector<std::string>& suffixes);

/// The names of the folders that lie directly in `folder`, sorted.
std::vector<std::string> foldersOf(const std::string& folder);

/// Line by line, without the line end; valid as long as `file` lives.
std::vector<std::string_view> linesOf(const SourceFile& file);

std::vector<Include> includesOf(const SourceFile& file);

}  // namespace volary::test
