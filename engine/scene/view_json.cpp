#include "base/error.h"
#include "pyramid/peaks.h"
#include "scene/view.h"
#include "scene/view_names.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <set>
#include <utility>

namespace volary {

using nlohmann::json;

namespace {

json toJson(const dvec3& v) { return {v.x, v.y, v.z}; }
json toJson(const dquat& q) { return {q.w, q.x, q.y, q.z}; }
json toJson(const std::optional<ValueRange>& range) { return range ? json{range->min, range->max} : json(); }
json toJson(const SetupLook& look) {
  return {
      {"setup", look.setup}, {"visible", look.visible}, {"colour", toJson(look.colour)}, {"range", toJson(look.range)}};
}

json toJson(const std::vector<Plane>& planes) {
  json list = json::array();
  for (const Plane& plane : planes) list.push_back({{"normal", toJson(plane.normal)}, {"offset", plane.offset}});
  return list;
}

json toJson(const Clip& clip) {
  const json box = clip.box ? json{{"min", toJson(clip.box->min)}, {"max", toJson(clip.box->max)}} : json();
  return {{"on", clip.on}, {"box", box}, {"planes", toJson(clip.planes)}};
}

/// Reads values out of one JSON object and names what is wrong with them.
class Reader {
 public:
  Reader(const json& object, std::string what) : object_(object), what_(std::move(what)) {
    if (!object_.is_object()) fail("{}: a JSON object is expected", what_);
  }

  bool has(const char* key) const { return object_.contains(key) && !object_[key].is_null(); }

  Reader child(const char* key) const { return Reader(at(key), what_ + "." + key); }

  double number(const char* key) const {
    const json& value = at(key);
    if (!value.is_number()) fail("{}: '{}' must be a number", what_, key);
    return value.get<double>();
  }

  double positive(const char* key) const {
    const double value = number(key);
    if (!(value > 0.0) || !std::isfinite(value)) fail("{}: '{}' must be greater than zero", what_, key);
    return value;
  }

  int integer(const char* key) const {
    const json& value = at(key);
    if (!value.is_number_integer()) fail("{}: '{}' must be an integer", what_, key);
    // A larger number would be cut to another one. An unsigned one may even be beyond std::int64_t.
    const bool fits = value.is_number_unsigned() ? std::in_range<int>(value.get<std::uint64_t>())
                                                 : std::in_range<int>(value.get<std::int64_t>());
    if (!fits) fail("{}: '{}' is too large", what_, key);
    return value.get<int>();
  }

  bool boolean(const char* key) const {
    const json& value = at(key);
    if (!value.is_boolean()) fail("{}: '{}' must be true or false", what_, key);
    return value.get<bool>();
  }

  std::vector<double> numbers(const char* key, std::size_t count) const { return numbersOf(at(key), key, count); }

  std::vector<double> numbersOf(const json& value, const char* key, std::size_t count) const {
    if (!value.is_array() || value.size() != count) fail("{}: '{}' must hold {} numbers", what_, key, count);
    std::vector<double> result;
    for (const json& element : value) {
      if (!element.is_number()) fail("{}: '{}' must hold {} numbers", what_, key, count);
      result.push_back(element.get<double>());
    }
    return result;
  }

  dvec3 vector(const char* key) const {
    const auto v = numbers(key, 3);
    return dvec3(v[0], v[1], v[2]);
  }

  ValueRange range(const char* key) const {
    const auto ends = numbers(key, 2);
    return {ends[0], ends[1]};
  }

  template <typename Enum>
  Enum choice(const char* key) const {
    return known(key, findNamed<Enum>(text(key)));
  }

  RenderMode mode(const char* key) const { return known(key, findRenderMode(text(key))); }

  /// The beginning of a sentence about this object.
  const std::string& what() const { return what_; }

  const json& at(const char* key) const {
    if (!object_.contains(key)) fail("{}: '{}' is missing", what_, key);
    return object_[key];
  }

 private:
  /// Empty if it is not a text; nothing has an empty name.
  std::string text(const char* key) const {
    const json& value = at(key);
    return value.is_string() ? value.get<std::string>() : "";
  }

  template <typename Value>
  Value known(const char* key, const std::optional<Value>& value) const {
    if (!value) fail("{}: '{}' has the unknown value {}", what_, key, at(key).dump());
    return *value;
  }

  const json& object_;
  std::string what_;
};

dquat readOrientation(const Reader& reader) {
  const auto q = reader.numbers("orientationWxyz", 4);
  const dquat orientation(q[0], q[1], q[2], q[3]);
  const double length = glm::length(orientation);
  // A unit quaternion was written at full precision and comes back bit by bit: only others are normalised.
  if (!(length > 0.0) || !std::isfinite(length)) fail("{}: 'orientationWxyz' must not be zero", reader.what());
  return std::abs(length - 1.0) > 1e-12 ? orientation / length : orientation;
}

Camera readCamera(const Reader& reader) {
  Camera camera;
  camera.projection = reader.choice<Projection>("projection");
  camera.position = reader.vector("position");
  camera.worldFromCamera = readOrientation(reader);
  camera.fovYRadians = glm::radians(reader.positive("fovYDegrees"));
  if (camera.fovYRadians >= glm::radians(179.0)) fail("{}: 'fovYDegrees' must be less than 179", reader.what());
  camera.orthoHeightWorld = reader.positive("orthoHeight");
  camera.pivotDistance = reader.positive("pivotDistance");
  return camera;
}

std::vector<SetupLook> readLooks(const Reader& reader, const std::string& what) {
  const json& list = reader.at("setups");
  if (!list.is_array()) fail("{}: 'setups' must be a list of objects", what);
  std::vector<SetupLook> looks;
  std::set<int> known;
  for (const json& element : list) {
    const Reader one(element, what + ".setups");
    SetupLook look{.setup = one.integer("setup")};
    if (!known.insert(look.setup).second) fail("{}: 'setups' has setup {} twice", what, look.setup);
    if (one.has("visible")) look.visible = one.boolean("visible");
    if (one.has("colour")) look.colour = glm::clamp(one.vector("colour"), 0.0, 1.0);
    if (one.has("range")) look.range = one.range("range");
    looks.push_back(look);
  }
  return looks;
}

std::vector<Plane> readPlanes(const Reader& reader, const std::string& what) {
  const json& list = reader.at("planes");
  if (!list.is_array()) fail("{}: 'planes' must be a list of objects", what);
  std::vector<Plane> planes;
  for (const json& element : list) {
    const Reader one(element, what + ".planes");
    Plane plane{.normal = one.vector("normal"), .offset = one.number("offset")};
    const double length = glm::length(plane.normal);
    if (!(length > 0.0) || !std::isfinite(length)) fail("{}: 'normal' of a plane must not be zero", what);
    // As with the camera's orientation: what was written comes back bit by bit.
    if (std::abs(length - 1.0) > 1e-12) plane = {plane.normal / length, plane.offset / length};
    planes.push_back(plane);
  }
  return planes;
}

Clip readClip(const Reader& reader, const std::string& what) {
  Clip clip;
  if (reader.has("on")) clip.on = reader.boolean("on");
  if (reader.has("box")) {
    const Reader box = reader.child("box");
    clip.box = Box3{box.vector("min"), box.vector("max")};
    if (glm::any(glm::greaterThan(clip.box->min, clip.box->max)))
      fail("{}: 'min' of the box must not be above 'max'", what);
  }
  if (reader.has("planes")) clip.planes = readPlanes(reader, what);
  if (clip.planes.size() > Clip::kMostPlanes) fail("{}: 'planes' may be {} at most", what, Clip::kMostPlanes);
  return clip;
}

TransferFunction readTransfer(const Reader& reader) {
  const json& list = reader.at("transfer");
  if (!list.is_array() || list.empty())
    fail("{}: 'transfer' must be a list of control points [at, r, g, b, a]", reader.what());
  TransferFunction function;
  for (const json& element : list) {
    const auto v = reader.numbersOf(element, "transfer", 5);
    if (!function.points.empty() && v[0] <= function.points.back().at)
      fail("{}: the control points of 'transfer' must ascend", reader.what());
    function.points.push_back({.at = v[0], .colour = glm::clamp(dvec4(v[1], v[2], v[3], v[4]), 0.0, 1.0)});
  }
  return function;
}

}  // namespace

std::string writeViewJson(const View& view) {
  const Camera& camera = view.camera;
  json transfer = json::array();
  for (const ControlPoint& p : view.transfer.points)
    transfer.push_back({p.at, p.colour.r, p.colour.g, p.colour.b, p.colour.a});
  json looks = json::array();
  for (const SetupLook& look : view.looks) looks.push_back(toJson(look));
  const json document = {
      {"volaryView", 1},
      {"setup", view.setup},
      {"timepoint", view.timepoint},
      {"space", nameOf(view.space).id},
      {"layout", nameOf(view.layout).id},
      {"fused", view.fused},
      {"blend", nameOf(view.blend).id},
      {"setups", looks},
      {"mode", infoOf(view.mode).id},
      {"interpolation", nameOf(view.interpolation).id},
      {"overlay", nameOf(view.overlay).id},
      {"showBox", view.showBox},
      {"camera",
       {{"projection", nameOf(camera.projection).id},
        {"position", toJson(camera.position)},
        {"orientationWxyz", toJson(camera.worldFromCamera)},
        {"fovYDegrees", glm::degrees(camera.fovYRadians)},
        {"orthoHeight", camera.orthoHeightWorld},
        {"pivotDistance", camera.pivotDistance}}},
      {"slices",
       {{"point", toJson(view.slices.pointWorld)},
        {"centre", toJson(view.slices.centreWorld)},
        {"worldPerPixel", view.slices.worldPerPixel},
        {"orientationWxyz", toJson(view.slices.worldFromSlice)},
        {"thickness", view.slices.thicknessWorld},
        {"slab", nameOf(view.slices.slab).id},
        {"planes", toJson(view.slices.planes)}}},
      {"clip", toJson(view.clip)},
      {"range", toJson(view.range)},
      {"level", view.pinnedLevel ? json(*view.pinnedLevel) : json()},
      {"samplesPerVoxel", view.samplesPerVoxel ? json(*view.samplesPerVoxel) : json()},
      {"jitter", view.jitter},
      {"pixelsPerVoxel", view.pixelsPerVoxel},
      {"transfer", transfer},
      {"iso", view.isoValue ? json(*view.isoValue) : json()},
      {"peakLevels", view.peakLevels},
      {"attenuation", view.attenuation},
      {"lighting", view.lighting == Lighting::on},
  };
  return document.dump(2) + "\n";
}

View readViewJson(const std::string& text, const std::string& what) {
  const json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) fail("{}: this is not JSON", what);
  const Reader reader(document, what);
  if (reader.integer("volaryView") != 1) fail("{}: this view was written by a newer version", what);

  View view;
  view.setup = reader.integer("setup");
  view.timepoint = reader.integer("timepoint");
  view.camera = readCamera(reader.child("camera"));
  // What is left out keeps its default, so that a view can be written by hand.
  if (reader.has("space")) view.space = reader.choice<Space>("space");
  if (reader.has("layout")) view.layout = reader.choice<Layout>("layout");
  if (reader.has("fused")) view.fused = reader.boolean("fused");
  if (reader.has("blend")) view.blend = reader.choice<Blend>("blend");
  if (reader.has("setups")) view.looks = readLooks(reader, what);
  if (reader.has("mode")) view.mode = reader.mode("mode");
  if (reader.has("interpolation")) view.interpolation = reader.choice<Interpolation>("interpolation");
  if (reader.has("overlay")) view.overlay = reader.choice<Overlay>("overlay");
  if (reader.has("showBox")) view.showBox = reader.boolean("showBox");
  if (reader.has("slices")) {
    const Reader slices = reader.child("slices");
    view.slices = {.pointWorld = slices.vector("point"),
                   .centreWorld = slices.vector("centre"),
                   .worldPerPixel = slices.positive("worldPerPixel")};
    if (slices.has("orientationWxyz")) view.slices.worldFromSlice = readOrientation(slices);
    if (slices.has("thickness")) view.slices.thicknessWorld = slices.number("thickness");
    if (!(view.slices.thicknessWorld >= 0.0) || !std::isfinite(view.slices.thicknessWorld))
      fail("{}.slices: 'thickness' must not be negative", what);
    if (slices.has("slab")) view.slices.slab = slices.choice<Slab>("slab");
    if (slices.has("planes")) view.slices.planes = readPlanes(slices, what + ".slices");
  }
  if (reader.has("clip")) view.clip = readClip(reader.child("clip"), what + ".clip");
  if (reader.has("range")) view.range = reader.range("range");
  if (reader.has("level")) view.pinnedLevel = reader.integer("level");
  if (reader.has("samplesPerVoxel")) view.samplesPerVoxel = std::clamp(reader.integer("samplesPerVoxel"), 1, 64);
  if (reader.has("jitter")) view.jitter = reader.integer("jitter");
  if (view.jitter < 1 || view.jitter > View::kMostJitter) fail("{}: 'jitter' must be 1 to {}", what, View::kMostJitter);
  if (reader.has("pixelsPerVoxel")) view.pixelsPerVoxel = reader.positive("pixelsPerVoxel");
  if (reader.has("transfer")) view.transfer = readTransfer(reader);
  if (reader.has("iso")) view.isoValue = reader.number("iso");
  if (reader.has("peakLevels")) view.peakLevels = reader.integer("peakLevels");
  if (view.peakLevels < 0 || view.peakLevels > kMostPeakLevels)
    fail("{}: 'peakLevels' must be 0 to {}", what, kMostPeakLevels);
  if (reader.has("attenuation")) view.attenuation = reader.positive("attenuation");
  if (reader.has("lighting")) view.lighting = reader.boolean("lighting") ? Lighting::on : Lighting::off;
  return view;
}

}  // namespace volary
