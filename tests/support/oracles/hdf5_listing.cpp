#include "support/oracles/hdf5_listing.h"

#include "base/error.h"
#include "formats/hdf5/dataset.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/group.h"
#include "formats/hdf5/object.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

namespace volary::test {

using namespace volary::hdf5;

namespace {

constexpr std::uint64_t kMaxChunks = 400;
constexpr std::size_t kMaxTextBytes = 1 << 20;

std::string typeName(const Datatype& type) {
  if (type.isVariableString) return "text";
  if (type.typeClass == TypeClass::string) return fmt::format("text{}", type.bytes);
  if (!type.number) return "other";
  return std::string(voxelTypeName(*type.number)) + (type.bigEndian && type.bytes > 1 ? ">" : "");
}

std::string numberText(double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.17g", value);
  return text.data();
}

/// As many as h5py 3.7 has room for.
std::span<const std::uint32_t> firstValues(const Filter& filter) {
  return std::span(filter.clientData).first(std::min<std::size_t>(16, filter.clientData.size()));
}

std::string oneLine(std::string text) {
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; ++at) text.replace(at, 1, "\\n");
  return text;
}

class Lister {
 public:
  explicit Lister(std::uint64_t maxCells) : cellsLeft_(maxCells) {}

  std::vector<std::string> list(const Object& root) {
    listObject("/", root);
    std::ranges::sort(lines_);
    return std::move(lines_);
  }

 private:
  void listObject(const std::string& path, const Object& object) {
    if (!seen_.insert(object.header().address).second) return;
    if (object.header().find(MessageType::layout)) {
      listAttributes(path, object);
      listDataset(path, Dataset(object));
    } else if (object.isGroup()) {
      listAttributes(path, object);
      listGroup(path, object);
    }
  }

  void listAttributes(const std::string& path, const Object& object) {
    visitAttributes(*object.file(), object.header(), std::nullopt, [&](const Attribute& attribute) {
      std::string line = fmt::format("attribute {} {} {}", path, attribute.name, typeName(attribute.type));
      if (attribute.type.isString()) {
        line += fmt::format(" {}", fmt::join(readStrings(*object.file(), attribute, kMaxTextBytes), "|"));
      } else if (attribute.type.number) {
        std::vector<std::string> numbers;
        for (const double value : readNumbers(attribute)) numbers.push_back(numberText(value));
        line += fmt::format(" {}", fmt::join(numbers, " "));
      }
      lines_.push_back(oneLine(line));
      return true;
    });
  }

  void listGroup(const std::string& path, const Object& group) {
    const std::string parent = path == "/" ? path : path + "/";
    for (const std::string& name : group.children(1'000'000)) {
      const std::optional<Link> found = findLink(*group.file(), group.header(), name);
      if (!found) fail("{} is listed and can't be found", name);
      const Link& link = *found;
      switch (link.kind) {
        case LinkKind::hard:
          lines_.push_back(fmt::format("link {}{} hard", parent, name));
          if (const std::optional<Object> child = group.find(name, {})) listObject(parent + name, *child);
          break;
        case LinkKind::soft: lines_.push_back(fmt::format("link {}{} soft {}", parent, name, link.target)); break;
        case LinkKind::external:
          lines_.push_back(fmt::format("link {}{} external {} {}", parent, name, link.file, link.target));
          break;
        case LinkKind::other: lines_.push_back(fmt::format("link {}{} other", parent, name)); break;
      }
    }
  }

  void listDataset(const std::string& path, const Dataset& dataset) {
    std::string line =
        fmt::format("dataset {} {} [{}]", path, typeName(dataset.type()), fmt::join(dataset.space().dims, " "));
    if (!dataset.space().dims.empty()) {
      std::vector<std::string> maxDims;
      for (const std::uint64_t extent : dataset.space().maxDims)
        maxDims.push_back(extent == kUnlimited ? "-" : std::to_string(extent));
      line += fmt::format(" max [{}]", fmt::join(maxDims, " "));
    }
    for (const Filter& filter : dataset.filters())
      line += fmt::format(" filter {} ({})", filter.id, fmt::join(firstValues(filter), " "));
    if (dataset.isChunked()) {
      listChunks(path, line, dataset);
    } else {
      const bool isCompact = dataset.layout().storage == StorageKind::compact;
      lines_.push_back(fmt::format("{} {} {}", line, isCompact ? "compact" : "contiguous",
                                   dataset.contiguousPosition().value_or(0)));
    }
  }

  void listChunks(const std::string& path, const std::string& line, const Dataset& dataset) {
    const ChunkGrid& grid = dataset.grid();
    const std::uint64_t count = dataset.index().storedChunks();
    lines_.push_back(fmt::format("{} chunks [{}] {} of {} bytes", line, fmt::join(grid.chunkDims, " "), count,
                                 dataset.storedBytes()));
    if (dataset.type().number) {
      const std::vector<double> fill = convertNumbers(dataset.fillValue(), dataset.type());
      lines_.push_back(fmt::format("fill {} {}", path, numberText(fill.empty() ? 0.0 : fill[0])));
    }
    // The library numbers the stored chunks in the order of its index, which is ours except where a dimension is
    // unlimited and not the first: then all are listed (see MAX_CHUNKS).
    const std::uint64_t step = std::max<std::uint64_t>(1, count / kMaxChunks);
    std::uint64_t number = 0;
    std::vector<std::uint64_t> chunk(grid.rank());
    for (std::uint64_t cell = 0; cell < grid.cells && cellsLeft_ > 0; ++cell, --cellsLeft_) {
      std::uint64_t rest = cell;
      for (std::size_t i = grid.rank(); i-- > 0; rest /= grid.counts[i]) chunk[i] = rest % grid.counts[i];
      const std::optional<ChunkPlace> place = dataset.findChunk(chunk);
      if (!place || number++ % step != 0) continue;
      listChunk(path, dataset, chunk, *place);
    }
  }

  void listChunk(const std::string& path, const Dataset& dataset, std::vector<std::uint64_t> chunk,
                 const ChunkPlace& place) {
    for (std::size_t i = 0; i < chunk.size(); ++i) chunk[i] *= dataset.grid().chunkDims[i];
    std::vector<std::byte> bytes(place.bytes);
    dataset.readChunk(place, bytes);
    std::uint64_t checksum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) checksum += std::to_integer<std::uint64_t>(bytes[i]) * (i % 251 + 1);
    lines_.push_back(fmt::format("chunk {} [{}] {} {} {} {}", path, fmt::join(chunk, " "), place.position, place.bytes,
                                 place.filterMask, checksum & 0xffffffffu));
  }

  std::uint64_t cellsLeft_;
  std::vector<std::string> lines_;
  std::set<std::uint64_t> seen_;
};

}  // namespace

std::vector<std::string> listHdf5(const std::filesystem::path& file, std::uint64_t maxCells) {
  return Lister(maxCells).list(Object::root(std::make_shared<const File>(file)));
}

}  // namespace volary::test
