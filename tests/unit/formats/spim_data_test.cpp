#include "formats/bdv/spim_data.h"
#include "base/error.h"
#include "base/text_values.h"
#include "formats/bdv/integer_pattern.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <limits>
#include <string>
#include <vector>

using namespace volary;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

/// The parts of a BigDataViewer XML, each replaceable.
struct XmlParts {
  std::string basePath = "<BasePath type=\"relative\">.</BasePath>";
  std::string loader = "<ImageLoader format=\"bdv.hdf5\"><hdf5 type=\"relative\">a.h5</hdf5></ImageLoader>";
  std::string setups = "<ViewSetups><ViewSetup><id>0</id></ViewSetup></ViewSetups>";
  std::string timepoints = "<Timepoints type=\"range\"><first>0</first><last>0</last></Timepoints>";
  std::string missing;
  std::string registrations;
};

SpimData parseText(const std::string& xml) {
  const test::TemporaryFolder folder;
  test::writeText(folder / "a.xml", xml);
  return readSpimData(folder / "a.xml");
}

SpimData parse(const XmlParts& parts) {
  return parseText("<SpimData version=\"0.2\">" + parts.basePath + "<SequenceDescription>" + parts.loader +
                   parts.setups + parts.timepoints + parts.missing + "</SequenceDescription><ViewRegistrations>" +
                   parts.registrations + "</ViewRegistrations></SpimData>");
}

std::string registration(const std::string& transforms) {
  return "<ViewRegistration timepoint=\"0\" setup=\"0\">" + transforms + "</ViewRegistration>";
}
std::string affine(const std::string& numbers) {
  return "<ViewTransform type=\"affine\"><affine>" + numbers + "</affine></ViewTransform>";
}

auto says(const std::string& text) { return MessageMatches(ContainsSubstring(text)); }

}  // namespace

TEST_CASE("integer patterns stand for the ids that BigDataViewer makes of them") {
  using Ids = std::vector<int>;
  CHECK(findPatternIds("0,1-3,40-50:10", 100) == Ids{0, 1, 2, 3, 40, 50});
  CHECK(findPatternIds(" 5 - 3 , 7 ", 100) == Ids{5, 4, 3, 7});
  CHECK(findPatternIds("9-1:3", 100) == Ids{9, 6, 3});
  CHECK(findPatternIds("", 100) == Ids{0});
  CHECK(findPatternIds("12", 100) == Ids{12});
  CHECK(!findPatternIds("a", 100));
  CHECK(!findPatternIds("1-", 100));
  CHECK(!findPatternIds("1,,2", 100));
  CHECK(!findPatternIds("1-5:0", 100));
  CHECK(!findPatternIds("0-2147483647", 1000));
  CHECK(findPatternIds("2147483646-2147483647", 100) == Ids{2147483646, std::numeric_limits<int>::max()});
}

TEST_CASE("the last transform listed meets the voxel first") {
  // World = scale(2) * translate(10, 0, 0) * voxel.
  const SpimData data =
      parse({.registrations = registration(affine("2 0 0 0 0 2 0 0 0 0 2 0") + affine("1 0 0 10 0 1 0 0 0 0 1 0"))});
  CHECK(transformPoint(data.worldFromVoxel.at({0, 0}), dvec3(1, 2, 3)) == dvec3(22, 4, 6));
  CHECK(data.warnings.empty());
}

TEST_CASE("an affine is read row by row, whatever white space is around its numbers") {
  const SpimData data =
      parse({.registrations = registration(affine("\n\t 1 2.5e0  3 4\n5 -6E-1 7 8 \t 9 10 11.0 +12 \n"))});
  const dmat4& m = data.worldFromVoxel.at({0, 0});
  CHECK(transformPoint(m, dvec3(0)) == dvec3(4, 8, 12));
  CHECK(transformDirection(m, dvec3(1, 0, 0)) == dvec3(1, 5, 9));
  CHECK(transformDirection(m, dvec3(0, 1, 0)) == dvec3(2.5, -0.6, 10));
}

TEST_CASE("registrations that can't be used are left out with one warning") {
  for (const char* numbers : {"NaN 0 0 0 0 1 0 0 0 0 1 0", "1 0 0 0 0 1 0 0 0 0 1", "", "a", "0 0 0 0 0 1 0 0 0 0 1 0",
                              "1 0 0 Infinity 0 1 0 0 0 0 1 0", "1e999 0 0 0 0 1 0 0 0 0 1 0"}) {
    INFO(numbers);
    const SpimData data = parse({.registrations = registration(affine(numbers))});
    CHECK(data.worldFromVoxel.empty());
    REQUIRE(data.warnings.size() == 1);
    CHECK_THAT(data.warnings[0], ContainsSubstring("time point 0, setup 0"));
  }
  std::string many;
  for (int i = 0; i < 50; ++i)
    many +=
        "<ViewRegistration timepoint=\"" + std::to_string(i) + "\" setup=\"0\">" + affine("1") + "</ViewRegistration>";
  const SpimData data = parse({.registrations = many});
  REQUIRE(data.warnings.size() == 1);
  CHECK_THAT(data.warnings[0], ContainsSubstring("49 more"));
}

TEST_CASE("a transform made by a Java plug-in is left out with a warning") {
  const SpimData data =
      parse({.registrations = registration("<ViewTransform type=\"generic\" class=\"a.b.Tps\"><x/></ViewTransform>" +
                                           affine("2 0 0 0 0 2 0 0 0 0 2 0"))});
  CHECK(transformPoint(data.worldFromVoxel.at({0, 0}), dvec3(1)) == dvec3(2));
  REQUIRE(data.warnings.size() == 1);
  CHECK_THAT(data.warnings[0], ContainsSubstring("a.b.Tps"));
}

TEST_CASE("time points are ranges, lists and patterns; anything else is refused") {
  using Ids = std::vector<int>;
  CHECK(parse({.timepoints = "<Timepoints type='range'><first>3</first><last>5</last></Timepoints>"}).timepoints ==
        Ids{3, 4, 5});
  CHECK(parse({.timepoints = "<Timepoints type='list'><Timepoint><id>30</id></Timepoint><Timepoint><id> 18 </id>"
                             "</Timepoint><Timepoint><id>30</id></Timepoint></Timepoints>"})
            .timepoints == Ids{18, 30});
  CHECK(parse({.timepoints = "<Timepoints type='pattern'><integerpattern>7,1-2</integerpattern></Timepoints>"})
            .timepoints == Ids{1, 2, 7});
  CHECK(parse({.timepoints = "<Timepoints type='pattern'></Timepoints>"}).timepoints == Ids{0});

  CHECK_THROWS_MATCHES(parse({.timepoints = ""}), Error, says("no <Timepoints>"));
  CHECK_THROWS_MATCHES(parse({.timepoints = "<Timepoints type='weekly'/>"}), Error, says("\"weekly\""));
  CHECK_THROWS_MATCHES(parse({.timepoints = "<Timepoints type='list'/>"}), Error, says("no time points"));
  CHECK_THROWS_MATCHES(
      parse({.timepoints = "<Timepoints type='range'><first>0</first><last>2147483647</last></Timepoints>"}), Error,
      says("absurdly many"));
  CHECK_THROWS_MATCHES(
      parse({.timepoints = "<Timepoints type='range'><first>-2147483648</first><last>2147483647</last></Timepoints>"}),
      Error, says("absurdly many"));
  CHECK_THROWS_MATCHES(parse({.timepoints = "<Timepoints type='range'><first>-1</first><last>1</last></Timepoints>"}),
                       Error, says("has the id -1"));
}

TEST_CASE("setups are understood in any order of elements, with attributes known and unknown") {
  const SpimData data = parse(
      {.setups = "<ViewSetups><Attributes name=\"channel\"><Channel><id>1</id><name>GFP</name></Channel></Attributes>"
                 "<Attributes name=\"displaysettings\"><Displaysettings><id>0</id><isset>true</isset>"
                 "<color>255 0 51 255</color><min>100.0</min><max>2000.0</max></Displaysettings></Attributes>"
                 "<Attributes name=\"mood\"><Mood><id>9</id></Mood></Attributes>"
                 "<ViewSetup><attributes><channel>1</channel><angle>7</angle><mood>9</mood>"
                 "<displaysettings>0</displaysettings></attributes>"
                 "<voxelSize><size>0.5 0.5 2.0</size><unit>µm</unit></voxelSize><size>10 20 30</size><id>12</id>"
                 "<camera>x</camera></ViewSetup>"
                 "<ViewSetup><id>3</id><name> second </name></ViewSetup></ViewSetups>"});
  REQUIRE(data.setups.size() == 2);
  const SpimSetup& setup = data.setups[0];
  CHECK(setup.id == 12);
  CHECK(setup.name == "a 7 c GFP");
  CHECK(setup.voxelSize == dvec3(0.5, 0.5, 2.0));
  CHECK(setup.unit == "µm");
  CHECK(setup.sizeVoxels == i64vec3(10, 20, 30));
  CHECK(setup.displayRange == ValueRange{100, 2000});
  CHECK(setup.displayColour == dvec3(1.0, 0.0, 0.2));
  CHECK(data.setups[1].name == "second");
  CHECK(data.setups[1].unit == "pixel");
  CHECK(!data.setups[1].displayRange);
  CHECK(data.warnings.empty());
}

TEST_CASE("setups without sense are refused or repaired") {
  const auto setups = [](const std::string& text) {
    return XmlParts{.setups = "<ViewSetups>" + text + "</ViewSetups>"};
  };
  CHECK_THROWS_MATCHES(parse(setups("")), Error, says("no <ViewSetup>"));
  CHECK_THROWS_MATCHES(parse(setups("<ViewSetup><id>x</id></ViewSetup>")), Error, says("id \"x\""));
  CHECK_THROWS_MATCHES(parse(setups("<ViewSetup/>")), Error, says("id \"\""));
  CHECK_THROWS_MATCHES(parse(setups("<ViewSetup><id>-4</id></ViewSetup>")), Error, says("id \"-4\""));
  const SpimData data =
      parse(setups("<ViewSetup><id>0</id><voxelSize><size>1 -1 NaN</size></voxelSize></ViewSetup>"
                   "<ViewSetup><id>0</id><name>again</name></ViewSetup>"));
  REQUIRE(data.setups.size() == 1);
  CHECK(!data.setups[0].voxelSize);
  CHECK(data.setups[0].name == "setup 0");
  CHECK(data.warnings.size() == 2);
}

TEST_CASE("paths of Windows and file addresses become plain paths") {
  const auto path = [](const std::string& element) {
    return *parse({.loader = "<ImageLoader format=\"bdv.hdf5\">" + element + "</ImageLoader>"}).hdf5;
  };
  CHECK(path("<hdf5 type=\"relative\"> ..\\data\\x.h5 </hdf5>").text == "../data/x.h5");
  CHECK(path("<hdf5 type=\"relative\">x.h5</hdf5>").relative);
  CHECK(path("<hdf5>x.h5</hdf5>").relative);
  CHECK(!path("<hdf5 type=\"absolute\">/data/x.h5</hdf5>").relative);
  CHECK(!path("<hdf5>/data/x.h5</hdf5>").relative);
  CHECK(path("<hdf5 type=\"absolute\">C:\\data\\x.h5</hdf5>").text == "C:/data/x.h5");
  CHECK(path("<hdf5 type=\"absolute\">file:///data/x.h5</hdf5>").text == "/data/x.h5");
  CHECK(path("<hdf5 type=\"absolute\">file:/data/x.h5</hdf5>").text == "/data/x.h5");
}

TEST_CASE("a partition that maps its ids to fewer or more is not used") {
  for (const char* timepoints : {"0 1", "0 1 2 3", "zero"}) {
    INFO(timepoints);
    const SpimData data =
        parse({.loader = std::string("<ImageLoader format=\"bdv.hdf5\"><hdf5>a.h5</hdf5><partition><path>b.h5</path>"
                                     "<timepoints>") +
                         timepoints +
                         "</timepoints><timepointsMapped>5 6 7</timepointsMapped><setups>3</setups>"
                         "</partition></ImageLoader>"});
    REQUIRE(data.partitions.size() == 1);
    CHECK(data.partitions[0].timepoints.empty());
    CHECK(data.partitions[0].timepointsMapped.empty());
    CHECK(data.warnings.size() == 1);
  }
}

TEST_CASE("partitions list their ids, or count them as before 2014") {
  const SpimData data = parse(
      {.loader = "<ImageLoader format=\"bdv.hdf5\"><hdf5 type=\"relative\">a.h5</hdf5>"
                 "<partition><path type=\"relative\">a-00-00.h5</path><timepoints>0 1</timepoints>"
                 "<timepointsMapped>5 6</timepointsMapped><setups>3</setups></partition>"
                 "<partition><path type=\"relative\">a-01-00.h5</path><timepointOffset>2</timepointOffset>"
                 "<timepointStart>1</timepointStart><timepointLength>2</timepointLength><setupOffset>0</setupOffset>"
                 "<setupStart>0</setupStart><setupLength>1</setupLength></partition></ImageLoader>"});
  REQUIRE(data.partitions.size() == 2);
  CHECK(data.partitions[0].timepoints == std::vector<int>{0, 1});
  CHECK(data.partitions[0].timepointsMapped == std::vector<int>{5, 6});
  CHECK(data.partitions[0].setupsMapped == std::vector<int>{3});
  CHECK(data.partitions[1].timepoints == std::vector<int>{3, 4});
  CHECK(data.partitions[1].timepointsMapped == std::vector<int>{1, 2});
}

TEST_CASE("missing views are noted, also of ids that are not there") {
  const SpimData data = parse({.missing = "<MissingViews><MissingView setup=\"0\" timepoint=\"0\"/>"
                                          "<MissingView timepoint=\"77\" setup=\"5\"/><MissingView/></MissingViews>"});
  CHECK(data.missingViews == std::set<SpimView>{{0, 0}, {77, 5}});
}

TEST_CASE("the format of before 2014 is understood") {
  const SpimData data = parseText(
      "<SequenceDescription><BasePath type=\"relative\">.</BasePath>"
      "<ImageLoader class=\"viewer.hdf5.Hdf5ImageLoader\"><hdf5 type=\"relative\">old.h5</hdf5></ImageLoader>"
      "<ViewSetup><id>0</id><angle>0</angle><width>5</width><height>6</height><depth>7</depth>"
      "<pixelWidth>1.0</pixelWidth><pixelHeight>1.0</pixelHeight><pixelDepth>4.0</pixelDepth></ViewSetup>"
      "<Timepoints type=\"range\"><first>1</first><last>2</last></Timepoints>"
      "<ViewRegistrations><ViewRegistration><timepoint>1</timepoint><setup>0</setup>"
      "<affine>1 0 0 0 0 1 0 0 0 0 4 9</affine></ViewRegistration></ViewRegistrations></SequenceDescription>");
  CHECK(data.loaderFormat == "bdv.hdf5");
  CHECK(data.hdf5->text == "old.h5");
  CHECK(data.timepoints == std::vector<int>{0, 1});
  CHECK(data.setups[0].voxelSize == dvec3(1, 1, 4));
  CHECK(transformPoint(data.worldFromVoxel.at({1, 0}), dvec3(0, 0, 1)) == dvec3(0, 0, 13));
}

TEST_CASE("what is no BigDataViewer XML is told in one sentence") {
  CHECK_THROWS_MATCHES(parseText("<SpimData><Sequence"), Error, says("not well-formed XML"));
  CHECK_THROWS_MATCHES(parseText(""), Error, says("not well-formed XML"));
  CHECK_THROWS_MATCHES(parseText("<html><body/></html>"), Error, says("its root is <html>"));
  CHECK_THROWS_MATCHES(parseText("<SpimData/>"), Error, says("no <SequenceDescription>"));
  CHECK_THROWS_MATCHES(parse({.loader = ""}), Error, says("no <ImageLoader>"));
  CHECK_THROWS_MATCHES(parse({.loader = "<ImageLoader/>"}), Error, says("names no format"));
  CHECK_THROWS_MATCHES(readSpimData(std::filesystem::path("/nowhere/a.xml")), Error,
                       says("/nowhere/a.xml: No such file"));
}
