#include "bench/flight.h"

#include "base/error.h"
#include "options/text_file.h"

#include <nlohmann/json.hpp>

namespace volary {

// From assets/flights, see flights.cpp.in.
extern const char* const kFlightAround;
extern const char* const kFlightThrough;

namespace {

using Json = nlohmann::ordered_json;

dvec3 readPlace(const Json& key, const char* name, const std::string& what) {
  const auto found = key.find(name);
  if (found == key.end() || !found->is_array() || found->size() != 3)
    fail("{}: \"{}\" is not three numbers", what, name);
  dvec3 place;
  for (int axis = 0; axis < 3; ++axis) {
    const Json& number = (*found)[static_cast<std::size_t>(axis)];
    if (!number.is_number()) fail("{}: \"{}\" is not three numbers", what, name);
    place[axis] = number.get<double>();
  }
  return place;
}

int readCount(const Json& object, const char* name, const std::string& what) {
  constexpr std::int64_t kMost = 1'000'000;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) fail("{}: \"{}\" is not a whole number", what, name);
  const auto count = found->get<std::int64_t>();
  if (count < 0 || count > kMost) fail("{}: \"{}\" is not from 0 to {}", what, name, kMost);
  return static_cast<int>(count);
}

Flight parseFlight(const std::string& text, const std::string& what) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("format", Json()) != "volary flight" || json.value("version", Json()) != 1)
    fail("{}: not a flight of version 1", what);
  Flight flight{.frames = readCount(json, "frames", what), .keys = {}};
  const Json keys = json.value("keys", Json::array());
  if (!keys.is_array() || keys.size() < 2) fail("{}: a flight has two \"keys\" at least", what);
  for (const Json& key : keys) {
    if (!key.is_object()) fail("{}: one of the \"keys\" is not an object", what);
    const FlightKey read{readCount(key, "frame", what), readPlace(key, "eye", what), readPlace(key, "target", what)};
    if (read.eye == read.target) fail("{}: at frame {} eye and target are the same", what, read.frame);
    if (!flight.keys.empty() && read.frame <= flight.keys.back().frame)
      fail("{}: the frames of the \"keys\" do not rise", what);
    flight.keys.push_back(read);
  }
  if (flight.keys.front().frame != 0 || flight.keys.back().frame != flight.frames - 1)
    fail("{}: the \"keys\" do not go from frame 0 to the last one", what);
  return flight;
}

}  // namespace

Flight readFlight(const std::string& nameOrFile) {
  if (nameOrFile == "around") return parseFlight(kFlightAround, nameOrFile);
  if (nameOrFile == "through") return parseFlight(kFlightThrough, nameOrFile);
  return parseFlight(readTextFile(nameOrFile), nameOrFile);
}

Camera cameraAt(const Flight& flight, int frame, const Box3& worldBox, const dvec3& down, const Camera& camera) {
  std::size_t next = 1;
  while (next + 1 < flight.keys.size() && flight.keys[next].frame < frame) ++next;
  const FlightKey& a = flight.keys[next - 1];
  const FlightKey& b = flight.keys[next];
  const double part = double(frame - a.frame) / (b.frame - a.frame);
  const auto inWorld = [&](const dvec3& place) { return worldBox.min + place * worldBox.extent(); };
  const dvec3 eye = inWorld(glm::mix(a.eye, b.eye, part));
  const dvec3 sight = inWorld(glm::mix(a.target, b.target, part)) - eye;

  Camera moved = camera;
  moved.projection = Projection::perspective;
  moved.position = eye;
  moved.pivotDistance = glm::length(sight);
  const dvec3 forward = sight / moved.pivotDistance;
  const dvec3 right = glm::normalize(glm::cross(down, forward));
  moved.worldFromCamera = glm::normalize(glm::quat_cast(dmat3(right, glm::cross(forward, right), forward)));
  return moved;
}

}  // namespace volary
