#include "formats/bdv/spim_data.h"

#include "base/error.h"
#include "base/text_values.h"
#include "formats/bdv/integer_pattern.h"

#include <pugixml.hpp>

#include <algorithm>
#include <cmath>

namespace volary {

namespace {

// Sizes beyond any real specimen; they bound what a hostile file can make us allocate.
constexpr std::uint64_t kMaxFileBytes = 512ull << 20;
constexpr std::size_t kMaxTimepoints = 1'000'000;

/// A flaw that may occur once for each view. It is reported once, with the first example and the number of others.
class RepeatedWarning {
 public:
  void note(std::string example) {
    if (count_++ == 0) first_ = std::move(example);
  }
  void appendTo(std::vector<std::string>& warnings) const {
    if (count_ == 0) return;
    warnings.push_back(count_ == 1 ? first_ : fmt::format("{} (and {} more of this kind)", first_, count_ - 1));
  }

 private:
  std::string first_;
  std::size_t count_ = 0;
};

class Parser {
 public:
  explicit Parser(const Location& file) { data_.file = file; }

  void loadFile() {
    const std::shared_ptr<const ByteFile> file = data_.file.open();
    const std::uint64_t bytes = file->sizeBytes();
    if (bytes > kMaxFileBytes) refuse("an XML file of {} MB is absurd", bytes >> 20);
    std::vector<char> text(bytes);
    nameInErrors(data_.file, [&] { file->readAt(0, std::as_writable_bytes(std::span(text))); });
    requireWellFormed(document_.load_buffer_inplace(text.data(), text.size()));
    text_ = std::move(text);
  }

  void loadText(std::string_view text) { requireWellFormed(document_.load_buffer(text.data(), text.size())); }

  SpimData parse() {
    const pugi::xml_node root = document_.document_element();
    const std::string_view rootName = root.name();
    legacy_ = rootName == "SequenceDescription";
    if (rootName != "SpimData" && !legacy_)
      refuse("this is XML, but not BigDataViewer's: its root is <{}>, not <SpimData>", rootName);
    const pugi::xml_node sequence = legacy_ ? root : root.child("SequenceDescription");
    if (!sequence) refuse("there is no <SequenceDescription>");

    readBasePath(root);
    readLoader(sequence.child("ImageLoader"));
    readSetups(sequence);
    readTimepoints(sequence.child("Timepoints"));
    readMissingViews(sequence.child("MissingViews"));
    readRegistrations(root.child("ViewRegistrations"));
    return std::move(data_);
  }

 private:
  template <typename... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> cause, Args&&... args) const {
    fail("{}: {}", data_.file.text(), fmt::format(cause, std::forward<Args>(args)...));
  }

  template <typename... Args>
  void warn(fmt::format_string<Args...> sentence, Args&&... args) {
    data_.warnings.push_back(fmt::format(sentence, std::forward<Args>(args)...));
  }

  void requireWellFormed(const pugi::xml_parse_result& result) const {
    if (!result)
      refuse("this is not well-formed XML: {} (at byte {})", lowerFirst(result.description()), result.offset);
  }

  static std::string lowerFirst(std::string text) {
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
  }

  static std::string text(pugi::xml_node node) { return std::string(trim(node.text().get())); }

  static SpimPath readPath(pugi::xml_node node) {
    std::string path = text(node);
    std::ranges::replace(path, '\\', '/');  // written on Windows
    if (path.starts_with("file:")) path.erase(0, path.starts_with("file:///") ? 7 : 5);
    // XmlHelpers.loadPath: anything but "relative" is absolute; a missing attribute with a relative text is a slip.
    const std::string_view type = node.attribute("type").value();
    return {.text = path, .relative = type == "relative" || (type.empty() && !path.starts_with('/'))};
  }

  void readBasePath(pugi::xml_node root) {
    const Location folder = data_.file.parent();
    const pugi::xml_node node = root.child("BasePath");
    if (!node) {
      data_.baseFolder = folder;
      return;
    }
    const SpimPath path = readPath(node);
    data_.baseFolder = placeOf(path, folder).value_or(folder);
  }

  void readLoader(pugi::xml_node loader) {
    if (!loader) refuse("there is no <ImageLoader>, so there are no images");
    const std::string javaClass = loader.attribute("class").value();
    data_.loaderFormat = loader.attribute("format").value();
    if (data_.loaderFormat.empty())
      data_.loaderFormat = javaClass.ends_with("hdf5.Hdf5ImageLoader") ? "bdv.hdf5" : javaClass;
    if (data_.loaderFormat.empty()) refuse("its <ImageLoader> names no format");
    if (const pugi::xml_node hdf5 = loader.child("hdf5")) data_.hdf5 = readPath(hdf5);
    for (const pugi::xml_node partition : loader.children("partition")) readPartition(partition);
    for (const char* name : {"n5", "zarr"})
      if (const pugi::xml_node folder = loader.child(name)) data_.arrays = readPath(folder);
    for (const pugi::xml_node group : loader.child("zgroups").children("zgroup")) readZarrGroup(group);
  }

  /// Version 1 has a path and the attribute "timepoint", versions 2 and 3 have all as attributes.
  void readZarrGroup(pugi::xml_node node) {
    const pugi::xml_attribute timepoint = node.attribute("tp") ? node.attribute("tp") : node.attribute("timepoint");
    const auto view = std::pair(findInt(timepoint.value()), findInt(node.attribute("setup").value()));
    const pugi::xml_attribute path = node.attribute("path");
    SpimZarrGroup group{.path = path ? std::string(trim(path.value())) : text(node.child("path"))};
    std::ranges::replace(group.path, '\\', '/');
    if (!view.first || !view.second || group.path.empty()) {
      warn("a <zgroup> without time point, setup or path is not used");
      return;
    }
    // This is really the spelling; "[]" has no indices.
    group.indices = findInts(node.attribute("indicies").value()).value_or(std::vector<int>{});
    data_.zarrGroups.insert_or_assign(SpimView(*view.first, *view.second), std::move(group));
    if (data_.zarrGroups.size() > kMaxViews) refuse("more than {} images are absurd", kMaxViews);
  }

  /// The ids of one dimension of a partition: a list and its optional mapping, or (legacy) start, length and offset.
  void readPartitionIds(pugi::xml_node node, const std::string& what, std::vector<int>& ids, std::vector<int>& mapped) {
    if (const pugi::xml_node list = node.child((what + "s").c_str())) {
      const auto stated = findInts(list.text().get());
      const auto statedMapped = findInts(node.child((what + "sMapped").c_str()).text().get());
      ids = stated.value_or(std::vector<int>{});
      mapped = statedMapped && !statedMapped->empty() ? *statedMapped : ids;
    } else {
      const auto number = [&](const char* suffix) {
        return findInt(node.child((what + suffix).c_str()).text().get()).value_or(0);
      };
      const std::int64_t start = number("Start");
      const std::int64_t offset = number("Offset");
      const std::int64_t length = number("Length");
      if (length > static_cast<std::int64_t>(kMaxViews)) refuse("a partition of {} {}s is absurd", length, what);
      for (std::int64_t id = start; id < start + length; ++id) {
        ids.push_back(static_cast<int>(offset + id));
        mapped.push_back(static_cast<int>(id));
      }
    }
    partitionIds_ += ids.size() + mapped.size();
    if (partitionIds_ > kMaxViews) refuse("partitions that list {} ids are absurd", partitionIds_);
    if (ids.size() != mapped.size()) {
      warn("a partition maps {} {}s to {} ids: it is not used", ids.size(), what, mapped.size());
      ids.clear();
      mapped.clear();
    }
  }

  void readPartition(pugi::xml_node node) {
    SpimPartition partition{.path = readPath(node.child("path")),
                            .timepoints = {},
                            .timepointsMapped = {},
                            .setups = {},
                            .setupsMapped = {}};
    readPartitionIds(node, "timepoint", partition.timepoints, partition.timepointsMapped);
    readPartitionIds(node, "setup", partition.setups, partition.setupsMapped);
    data_.partitions.push_back(std::move(partition));
  }

  void readSetups(pugi::xml_node sequence) {
    // SpimData groups the setups; the legacy format has them directly in the sequence.
    const pugi::xml_node group = sequence.child("ViewSetups") ? sequence.child("ViewSetups") : sequence;
    std::set<int> ids;
    for (const pugi::xml_node node : group.children("ViewSetup")) {
      const std::optional<int> id = findInt(node.child("id").text().get());
      if (!id || *id < 0) refuse("a <ViewSetup> has the id \"{}\"", text(node.child("id")));
      if (ids.insert(*id).second)
        data_.setups.push_back(readSetup(*id, node, group));
      else
        warn("setup {} is described twice; the first description is used", *id);
    }
    if (data_.setups.empty()) refuse("there is no <ViewSetup>, so there are no images");
  }

  SpimSetup readSetup(int id, pugi::xml_node node, pugi::xml_node group) {
    SpimSetup setup{.id = id, .name = text(node.child("name"))};
    const pugi::xml_node voxelSize = node.child("voxelSize");
    if (const std::string unit = text(voxelSize.child("unit")); !unit.empty()) setup.unit = unit;
    readVoxelSize(voxelSize ? text(voxelSize.child("size"))
                            : text(node.child("pixelWidth")) + " " + text(node.child("pixelHeight")) + " " +
                                  text(node.child("pixelDepth")),
                  setup);
    const auto size = findDoubles(node.child("size").text().get());
    if (size && size->size() == 3 && std::ranges::all_of(*size, [](double n) { return n >= 1 && n < 1e15; }))
      setup.sizeVoxels = i64vec3((*size)[0], (*size)[1], (*size)[2]);

    const pugi::xml_node attributes = node.child("attributes");
    if (const pugi::xml_node channel = attributes.child("channel")) setup.channel = findInt(channel.text().get());
    if (const pugi::xml_node display = attributes.child("displaysettings"))
      readDisplaySettings(findEntity(group, "displaysettings", display), setup);
    if (setup.name.empty()) setup.name = makeName(id, attributes, group);
    return setup;
  }

  void readVoxelSize(const std::string& stated, SpimSetup& setup) {
    if (trim(stated).empty()) return;
    const auto size = findDoubles(stated);
    const bool sound =
        size && size->size() == 3 && std::ranges::all_of(*size, [](double s) { return std::isfinite(s) && s > 0; });
    if (sound)
      setup.voxelSize = dvec3((*size)[0], (*size)[1], (*size)[2]);
    else
      warn("setup {}: the voxel size \"{}\" is not three positive numbers", setup.id, trim(stated));
  }

  /// The element of <Attributes name="kind"> that the setup's attribute refers to; null if there is none.
  static pugi::xml_node findEntity(pugi::xml_node group, const char* kind, pugi::xml_node reference) {
    const std::optional<int> id = findInt(reference.text().get());
    for (const pugi::xml_node list : group.children("Attributes")) {
      if (std::string_view(list.attribute("name").value()) != kind) continue;
      for (const pugi::xml_node entity : list.children())
        if (id && findInt(entity.child("id").text().get()) == id) return entity;
    }
    return {};
  }

  static void readDisplaySettings(pugi::xml_node entity, SpimSetup& setup) {
    if (text(entity.child("isset")) == "false") return;
    const auto colour = findInts(entity.child("color").text().get());
    if (colour && colour->size() >= 3)
      setup.displayColour = glm::clamp(dvec3((*colour)[0], (*colour)[1], (*colour)[2]) / 255.0, 0.0, 1.0);
    const auto min = findDouble(entity.child("min").text().get());
    const auto max = findDouble(entity.child("max").text().get());
    if (min && max && std::isfinite(*min) && std::isfinite(*max) && *min != *max)
      setup.displayRange = ValueRange{.min = *min, .max = *max};
  }

  /// BigDataViewer.createSetupName: "a <angle> c <channel>".
  static std::string makeName(int id, pugi::xml_node attributes, pugi::xml_node group) {
    std::string name;
    for (const auto& [kind, letter] : {std::pair{"angle", "a"}, std::pair{"channel", "c"}}) {
      const pugi::xml_node reference = attributes.child(kind);
      if (!reference) continue;
      const std::string entityName = text(findEntity(group, kind, reference).child("name"));
      name +=
          fmt::format("{}{} {}", name.empty() ? "" : " ", letter, entityName.empty() ? text(reference) : entityName);
    }
    return name.empty() ? fmt::format("setup {}", id) : name;
  }

  void readTimepoints(pugi::xml_node node) {
    const std::string_view type = node.attribute("type").value();
    std::vector<int>& ids = data_.timepoints;
    if (!node) refuse("there is no <Timepoints>");
    if (type == "range") {
      const auto first = findInt(node.child("first").text().get());
      const auto last = findInt(node.child("last").text().get());
      if (!first || !last || *first > *last) refuse("its time points are not a range");
      if (static_cast<std::size_t>(static_cast<std::int64_t>(*last) - *first) >= kMaxTimepoints)
        refuse("time points from {} to {} are absurdly many", *first, *last);
      // The legacy reader numbers them from 0.
      const int shift = legacy_ ? *first : 0;
      for (std::int64_t id = *first; id <= *last; ++id) ids.push_back(static_cast<int>(id - shift));
    } else if (type == "list") {
      for (const pugi::xml_node timepoint : node.children("Timepoint")) {
        const auto id = findInt(timepoint.child("id").text().get());
        if (!id) refuse("a time point has the id \"{}\"", text(timepoint.child("id")));
        ids.push_back(*id);
      }
    } else if (type == "pattern") {
      const auto pattern = findPatternIds(node.child("integerpattern").text().get(), kMaxTimepoints);
      if (!pattern) refuse("its pattern of time points is not one, or stands for more than {}", kMaxTimepoints);
      ids = *pattern;
    } else {
      refuse("time points of the type \"{}\" are unknown", type);
    }
    std::ranges::sort(ids);
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    if (ids.empty()) refuse("there are no time points");
    if (ids.front() < 0) refuse("a time point has the id {}", ids.front());
    if (ids.size() > kMaxViews / data_.setups.size())
      refuse("{} setups at {} time points are absurdly many", data_.setups.size(), ids.size());
  }

  /// The view that an element is about, stated in attributes or (legacy) in elements.
  static std::optional<SpimView> findView(pugi::xml_node node) {
    const auto number = [&](const char* name) {
      const pugi::xml_attribute attribute = node.attribute(name);
      return findInt(attribute ? attribute.value() : node.child(name).text().get());
    };
    const auto timepoint = number("timepoint");
    const auto setup = number("setup");
    if (!timepoint || !setup) return std::nullopt;
    return SpimView(*timepoint, *setup);
  }

  void readMissingViews(pugi::xml_node node) {
    for (const pugi::xml_node missing : node.children("MissingView"))
      if (const auto view = findView(missing)) data_.missingViews.insert(*view);
  }

  void readRegistrations(pugi::xml_node group) {
    for (const pugi::xml_node registration : group.children("ViewRegistration")) {
      const auto view = findView(registration);
      if (!view) {
        unusable_.note("a registration names no view and is not used");
        continue;
      }
      dmat4 worldFromVoxel(1.0);
      bool sound = true;
      // Legacy registrations hold their <affine> directly.
      if (registration.child("affine")) sound = multiply(registration.child("affine"), worldFromVoxel);
      for (const pugi::xml_node transform : registration.children("ViewTransform")) {
        const std::string_view type = transform.attribute("type").value();
        if (transform.child("affine"))
          sound = multiply(transform.child("affine"), worldFromVoxel) && sound;
        else
          unknown_.note(
              fmt::format("the transform of type \"{}\" {}of time point {}, setup {} is not understood and left out",
                          type, transform.attribute("class").value(), view->first, view->second));
      }
      const double determinant = glm::determinant(glm::dmat3(worldFromVoxel));
      if (sound && std::isfinite(determinant) && determinant != 0 && isFinite(worldFromVoxel))
        data_.worldFromVoxel.insert_or_assign(*view, worldFromVoxel);
      else
        unusable_.note(fmt::format(
            "the registration of time point {}, setup {} is not 12 finite numbers that can be inverted; it is not used",
            view->first, view->second));
    }
    unknown_.appendTo(data_.warnings);
    unusable_.appendTo(data_.warnings);
  }

  static bool isFinite(const dmat4& matrix) {
    for (int column = 0; column < 4; ++column)
      for (int row = 0; row < 4; ++row)
        if (!std::isfinite(matrix[column][row])) return false;
    return true;
  }

  /// ViewRegistration.updateModel: model = T1 * T2 * ... in document order, so the last one meets the voxel first.
  static bool multiply(pugi::xml_node affine, dmat4& product) {
    const auto rows = findDoubles(affine.text().get());
    if (!rows || rows->size() != 12) return false;
    dmat4 transform(1.0);
    for (int row = 0; row < 3; ++row)
      for (int column = 0; column < 4; ++column) transform[column][row] = (*rows)[4 * row + column];
    product = product * transform;
    return isFinite(product);
  }

  SpimData data_;
  std::vector<char> text_;  ///< the document refers to this text
  pugi::xml_document document_;
  bool legacy_ = false;
  std::size_t partitionIds_ = 0;  ///< listed by all partitions together
  RepeatedWarning unknown_;
  RepeatedWarning unusable_;
};

}  // namespace

std::optional<Location> placeOf(const SpimPath& stated, const Location& base) {
  if (stated.known) return stated.known;
  if (!stated.relative) return base.findStated(stated.text);
  const std::size_t first = stated.text.find_first_not_of('/');
  return base.findStated(first == stated.text.npos ? "" : stated.text.substr(first));
}

SpimData readSpimData(const Location& file) {
  Parser parser(file);
  parser.loadFile();
  return parser.parse();
}

SpimData parseSpimData(std::string_view text, const Location& file) {
  Parser parser(file);
  parser.loadText(text);
  return parser.parse();
}

}  // namespace volary
