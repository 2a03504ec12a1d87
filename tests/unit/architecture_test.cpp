#include "support/files/source_tree.h"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace volary;
using namespace volary::test;

namespace {

/// What each engine module may include besides itself: the arrows of engine/README.md, transitive ones spelled out.
/// `shared` is shaders/shared (structs of C++ and GLSL), `shaders` the embedded SPIR-V.
const std::map<std::string, std::set<std::string>, std::less<>> kAllowedModules = {
    {"base", {}},
    {"storage", {"base"}},
    {"pyramid", {"base", "shared"}},
    {"codecs", {"base", "pyramid"}},
    {"hdf5_library", {"base"}},
    {"formats", {"base", "storage", "pyramid", "codecs", "hdf5_library"}},
    {"streaming", {"base", "storage", "pyramid"}},
    {"cache", {"base", "pyramid", "shared"}},
    {"scene", {"base", "pyramid", "shared"}},
    {"gpu", {"base"}},
    {"render", {"base", "pyramid", "cache", "scene", "gpu", "shared", "shaders"}},
    {"survey", {"base", "pyramid", "streaming"}},
    {"paging", {"base", "pyramid", "cache", "scene", "gpu", "render", "streaming", "survey", "shared"}},
    {"build", {"base", "storage", "pyramid", "streaming"}},
    {"export", {"base", "storage", "pyramid", "codecs", "hdf5_library", "formats", "streaming", "build"}},
    {"sidecar", {"base", "storage", "pyramid", "codecs", "streaming", "build"}},
    {"shared", {}},
};

/// A third-party header and the modules that may include it. `onePair` = in each of these modules, and in each format's
/// folder, only one file pair includes it.
struct ThirdParty {
  std::string_view prefix;
  std::set<std::string_view> modules;
  bool onePair;
};
const ThirdParty kThirdParty[] = {
    {"hdf5.h", {"hdf5_library"}, true},
    {"H5FD", {"export"}, true},
    {"pugixml.hpp", {"formats", "export"}, true},
    {"tiffio", {"formats", "export"}, true},
    {"png.h", {"export"}, true},
    {"libdeflate.h", {"codecs", "export", "storage"}, true},
    {"lzf.h", {"codecs"}, true},
    {"blosc.h", {"codecs", "build"}, true},
    {"bzlib.h", {"codecs"}, true},
    {"lz4.h", {"codecs"}, true},
    {"lzma.h", {"codecs"}, true},
    {"xxhash.h", {"codecs"}, true},
    {"zstd.h", {"codecs", "export"}, true},
    {"nlohmann/", {"scene", "formats", "export", "apps"}, false},
    {"CLI/", {"apps"}, false},
    {"GLFW/", {"apps/volary/viewer"}, false},
    {"imgui", {"apps/volary/viewer"}, false},
    {"vulkan/", {"gpu", "render", "apps/volary/viewer"}, false},
    {"vk_mem_alloc.h", {"gpu", "render", "apps/volary/viewer"}, false},
};

/// "base", "gpu" ... for engine/, "shared" for shaders/shared/, "apps/volary/viewer" or "apps", else "".
std::string moduleOf(std::string_view path) {
  if (path.starts_with("engine/")) {
    const std::string_view rest = path.substr(7);
    return rest.find('/') == rest.npos ? "" : std::string(rest.substr(0, rest.find('/')));
  }
  if (path.starts_with("shaders/shared/")) return "shared";
  if (path.starts_with("apps/volary/viewer/")) return "apps/volary/viewer";
  return path.starts_with("apps/") ? "apps" : "";
}

std::string_view withoutSuffix(std::string_view path) { return path.substr(0, path.rfind('.')); }

/// The folders in formats/ that others may use: HDF5's structures, levels of an image that are HDF5 datasets, arrays of
/// chunk files, and the two formats of these that BigDataViewer's XML refers to.
const std::set<std::string_view> kSharedReaders = {"shared", "hdf5", "hdf5_image", "arrays", "n5", "zarr"};

/// formats/bdv/x.h -> "bdv": a format's folder; "" for what lies in formats/ itself.
std::string_view formatOf(std::string_view pathInEngine) {
  const std::string_view rest = pathInEngine.substr(pathInEngine.find('/') + 1);
  return rest.find('/') == rest.npos ? std::string_view{} : rest.substr(0, rest.find('/'));
}

/// The broken rule, or "".
std::string checkOwnInclude(const std::string& module, const SourceFile& file, std::string_view included) {
  const std::string target(included.substr(0, included.find('/')));
  if (target == included || (!kAllowedModules.contains(target) && target != "shaders")) return "";
  const bool isBench = file.path.starts_with("apps/volary/bench/");
  if (target == "formats" && module != "formats" && included != "formats/open.h" &&
      !(isBench && included == "formats/level_baseline.h"))
    return "outside of formats/ only formats/open.h is known";
  if (module.starts_with("apps")) return target == "codecs" ? "apps must not include codecs" : "";
  if (module == "formats" && target == "formats" && file.path != "engine/formats/open.cpp") {
    const std::string_view own = formatOf(std::string_view(file.path).substr(7));
    const std::string_view other = formatOf(included);
    if (!other.empty() && other != own && !kSharedReaders.contains(other))
      return "a format must not include another format";
  }
  if (target == module || kAllowedModules.at(module).contains(target)) return "";
  return fmt::format("{} must not include {}", module, target);
}

/// The broken rule, or "". `pairOf` remembers for each module the first file pair that includes a header.
std::string checkThirdParty(const std::string& module, const SourceFile& file, std::string_view included,
                            std::map<std::string, std::string>& pairOf) {
  for (const ThirdParty& header : kThirdParty) {
    if (!included.starts_with(header.prefix)) continue;
    const bool inApps = module.starts_with("apps") && header.modules.contains("apps");
    if (!inApps && !header.modules.contains(module))
      return fmt::format("{} stays in {}", included, fmt::join(header.modules, ", "));
    const std::string pair(withoutSuffix(file.path));
    const std::string_view format = module == "formats" ? formatOf(std::string_view(file.path).substr(7)) : "";
    const auto [first, isNew] = pairOf.try_emplace(fmt::format("{} {} {}", header.prefix, module, format), pair);
    if (header.onePair && first->second != pair)
      return fmt::format("{} stays behind one file pair, {}.*", included, first->second);
  }
  return "";
}

std::vector<std::string> findIncludeViolations(const std::vector<SourceFile>& files) {
  std::vector<std::string> violations;
  std::map<std::string, std::string> pairOf;
  for (const SourceFile& file : files) {
    const std::string module = moduleOf(file.path);
    if (!module.starts_with("apps") && !kAllowedModules.contains(module)) {
      violations.push_back(fmt::format("{}:1: no module of engine/README.md", file.path));
      continue;
    }
    for (const Include& include : includesOf(file)) {
      std::string rule = checkThirdParty(module, file, include.path, pairOf);
      if (rule.empty()) rule = checkOwnInclude(module, file, include.path);
      if (!rule.empty()) violations.push_back(fmt::format("{}:{}: {}", file.path, include.line, rule));
    }
  }
  return violations;
}

std::vector<std::string> findForbiddenText(const std::vector<SourceFile>& files) {
  // In two pieces each, so that this file does not find itself.
  const std::string forbidden[] = {
      "TO"
      "DO",
      "FIX"
      "ME",
      "/wo"
      "rk/",
      "/ro"
      "ot/"};
  std::vector<std::string> violations;
  for (const SourceFile& file : files)
    for (std::size_t number = 1; const std::string_view line : linesOf(file)) {
      for (const std::string& text : forbidden)
        if (line.find(text) != line.npos) violations.push_back(fmt::format("{}:{}: {}", file.path, number, text));
      ++number;
    }
  return violations;
}

/// Headers and places of one operating system, and extensions of one compiler, outside of base/os and storage.
std::vector<std::string> findSystemDependence(const std::vector<SourceFile>& files) {
  constexpr std::string_view kMarks[] = {"<unistd.h>",    "<fcntl.h>",   "<sys/",   "<poll.h>",   "<signal.h>",
                                         "<csignal>",     "<dirent.h>",  "<pwd.h>", "<spawn.h>",  "<dlfcn.h>",
                                         "<fnmatch.h>",   "<termios.h>", "\"/proc", "__builtin_", "__attribute__",
                                         "__extension__", "__int128",    "gnu::"};
  std::vector<std::string> violations;
  for (const SourceFile& file : files) {
    if (file.path.starts_with("engine/base/os/") || file.path.starts_with("engine/storage/")) continue;
    for (std::size_t number = 1; const std::string_view line : linesOf(file)) {
      for (const std::string_view mark : kMarks)
        if (line.find(mark) != line.npos)
          violations.push_back(fmt::format("{}:{}: {} stays in base/os and storage", file.path, number, mark));
      ++number;
    }
  }
  return violations;
}

/// The name of the type that a line at the margin defines: "struct Name {", "class Name : public Base {" ...; else "".
std::string typeDefinedBy(std::string_view line) {
  for (const std::string_view keyword : {"struct ", "class ", "union ", "enum class ", "enum "}) {
    if (!line.starts_with(keyword) || line.find('{') == line.npos) continue;
    line.remove_prefix(keyword.size());
    const std::string_view name = line.substr(0, line.find_first_of(" :{"));
    // A member class that is defined outside of its class has its own name.
    return line.substr(name.size()).starts_with("::") ? "" : std::string(name);
  }
  return "";
}

/// Two types of one name in one namespace. The compiler can't see them; the linker takes one for the other.
std::vector<std::string> findTypesDefinedTwice(const std::vector<SourceFile>& files) {
  std::map<std::string, std::string> definedAt;
  std::vector<std::string> violations;
  for (const SourceFile& file : files) {
    std::vector<std::string> namespaces;
    int lineNumber = 0;
    for (const std::string_view line : linesOf(file)) {
      ++lineNumber;
      if (line.starts_with("namespace ") && line.find('{') != line.npos && line.find('}') == line.npos)
        namespaces.emplace_back(line.substr(10, line.find('{') - 10));
      else if (line.starts_with("}  // namespace") && !namespaces.empty())
        namespaces.pop_back();
      const std::string type = typeDefinedBy(line);
      // An unnamed namespace is the file's own.
      if (type.empty() || std::ranges::find(namespaces, "") != namespaces.end()) continue;
      const std::string name = fmt::format("{}::{}", fmt::join(namespaces, "::"), type);
      const std::string place = fmt::format("{}:{}", file.path, lineNumber);
      const auto [first, isNew] = definedAt.emplace(name, place);
      if (!isNew) violations.push_back(fmt::format("{}: {} is defined at {} too", place, type, first->second));
    }
  }
  return violations;
}

}  // namespace

TEST_CASE("includes go one way, and third-party headers stay where they belong") {
  const auto files = readSourceTree({"engine", "apps", "shaders/shared"}, {".h", ".cpp"});
  REQUIRE(files.size() > 30);
  const auto violations = findIncludeViolations(files);
  INFO(fmt::format("{}", fmt::join(violations, "\n")));
  CHECK(violations.empty());
}

TEST_CASE("the operating system and compilers' extensions stay in base/os and storage") {
  const auto files = readSourceTree({"engine", "apps"}, {".h", ".cpp"});
  const auto violations = findSystemDependence(files);
  INFO(fmt::format("{}", fmt::join(violations, "\n")));
  CHECK(violations.empty());
}

TEST_CASE("a call of the system is found at its line") {
  CHECK(findSystemDependence({{"engine/cache/a.cpp", "\n#include <sys/mman.h>\n"}}) ==
        std::vector<std::string>{"engine/cache/a.cpp:2: <sys/ stays in base/os and storage"});
  CHECK(findSystemDependence({{"engine/base/os/a.cpp", "#include <sys/mman.h>\n"}}).empty());
  CHECK(findSystemDependence({{"engine/gpu/a.h", "x = __builtin_clz(y);"}}).size() == 1);
}

TEST_CASE("no two types of a namespace have one name") {
  const auto files = readSourceTree({"engine", "apps"}, {".h", ".cpp"});
  const auto violations = findTypesDefinedTwice(files);
  INFO(fmt::format("{}", fmt::join(violations, "\n")));
  CHECK(violations.empty());
}

TEST_CASE("a type that is defined twice is found, but in unnamed namespaces") {
  const std::string named = "namespace volary {\n\nstruct Level {\n};\n\n}  // namespace volary\n";
  const std::string own =
      "namespace volary {\nnamespace {\nstruct Level {\n};\n}  // namespace\n}  // namespace volary\n";
  const std::string member = "namespace volary {\nstruct Loader::Level {\n};\nstruct Level;\n}  // namespace volary\n";
  const auto violations = findTypesDefinedTwice({{"a.h", named}, {"b.h", own}, {"c.h", member}, {"d.h", named}});
  REQUIRE(violations.size() == 1);
  CHECK(violations[0] == "d.h:3: Level is defined at a.h:3 too");
}

TEST_CASE("every engine folder is a module of the include table") {
  for (const std::string& folder : foldersOf("engine")) {
    INFO(folder);
    CHECK(kAllowedModules.contains(folder));
  }
}

TEST_CASE("no source names a place of one machine or leaves work undone") {
  const auto files = readSourceTree(
      {"engine", "apps", "shaders", "tests", "scripts", "cmake", "assets", ".ci"},
      {".h", ".cpp", ".glsl", ".comp", ".vert", ".frag", ".py", ".sh", ".txt", ".cmake", ".json", ".md", ""});
  REQUIRE(files.size() > 40);
  const auto violations = findForbiddenText(files);
  INFO(fmt::format("{}", fmt::join(violations, "\n")));
  CHECK(violations.empty());
}

TEST_CASE("each kind of forbidden include is found, at its line") {
  const auto rule = [](std::string path, std::string text) {
    const auto violations = findIncludeViolations({{std::move(path), std::move(text)}});
    return violations.empty() ? std::string("none") : violations.front();
  };
  CHECK(rule("engine/base/a.h", "\n#include \"pyramid/brick.h\"\n") ==
        "engine/base/a.h:2: base must not include pyramid");
  CHECK(rule("engine/gpu/a.cpp", "  #  include \"pyramid/brick.h\"") ==
        "engine/gpu/a.cpp:1: gpu must not include pyramid");
  CHECK(rule("engine/cache/a.cpp", "#include <vulkan/vulkan.h>") ==
        "engine/cache/a.cpp:1: vulkan/vulkan.h stays in apps/volary/viewer, gpu, render");
  CHECK(rule("engine/streaming/a.cpp", "#include \"formats/open.h\"") ==
        "engine/streaming/a.cpp:1: streaming must not include formats");
  CHECK(rule("engine/export/a.cpp", "#include \"formats/bdv/bdv_source.h\"") ==
        "engine/export/a.cpp:1: outside of formats/ only formats/open.h is known");
  CHECK(rule("engine/formats/synthetic/a.cpp", "#include \"formats/bdv/bdv_source.h\"") ==
        "engine/formats/synthetic/a.cpp:1: a format must not include another format");
  CHECK(rule("engine/colours/a.h", "") == "engine/colours/a.h:1: no module of engine/README.md");
  CHECK(rule("apps/volary/main.cpp", "#include <imgui.h>") ==
        "apps/volary/main.cpp:1: imgui.h stays in apps/volary/viewer");
  CHECK(rule("engine/paging/a.h", "#include \"render/renderer.h\"\n#include <vector>") == "none");
  CHECK(rule("engine/formats/open.cpp", "#include \"formats/bdv/bdv_source.h\"") == "none");
  CHECK(rule("engine/formats/bdv/a.cpp", "#include \"formats/hdf5/file.h\"") == "none");
  CHECK(rule("apps/volary/viewer/a.cpp", "#include <nlohmann/json.hpp>") == "none");
}

TEST_CASE("a second file pair around a C library is found") {
  const auto violations = findIncludeViolations({{"engine/formats/bdv/one.cpp", "#include <pugixml.hpp>"},
                                                 {"engine/formats/bdv/one.h", "#include <pugixml.hpp>"},
                                                 {"engine/formats/bdv/two.cpp", "#include <pugixml.hpp>"}});
  REQUIRE(violations.size() == 1);
  CHECK(violations[0] ==
        "engine/formats/bdv/two.cpp:1: pugixml.hpp stays behind one file pair, engine/formats/bdv/one.*");
}

TEST_CASE("forbidden text is found at its line") {
  const auto violations = findForbiddenText({{"engine/a.h",
                                              "int a;\n// TO"
                                              "DO: b\n"}});
  REQUIRE(violations.size() == 1);
  CHECK(violations[0].starts_with("engine/a.h:2: "));
}
