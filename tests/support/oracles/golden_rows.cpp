#include "support/oracles/golden_rows.h"

#include "support/files/test_files.h"

#include <fstream>
#include <sstream>

namespace volary::test {

std::vector<GoldenRow> readGoldenRows(const std::filesystem::path& data) {
  std::vector<GoldenRow> rows;
  std::ifstream stream(data / "GOLDEN.tsv");
  std::string line;
  while (std::getline(stream, line)) {
    std::vector<std::string> fields;
    std::istringstream row(line);
    for (std::string field; std::getline(row, field, '\t');) fields.push_back(field);
    if (fields.size() >= 8) rows.push_back({fields[0], fields[1], fields[2], fields[3], fields[7]});
  }
  return rows;
}

std::string sha256(const std::vector<std::byte>& bytes, const std::filesystem::path& scratch) {
  std::ofstream(scratch, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return runCommand("sha256sum '" + scratch.string() + "'").substr(0, 64);
}

}  // namespace volary::test
