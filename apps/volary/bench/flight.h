#pragma once

#include "scene/camera.h"

#include <string>
#include <vector>

namespace volary {

/// The eye and the point that it looks at, at one frame of a flight, in parts of the volume's world box, whose corners
/// are 0 and 1.
struct FlightKey {
  int frame = 0;
  dvec3 eye{0.0};
  dvec3 target{0.0};
};

/// A camera's path about or through a volume, whatever its size. Between two keys, eye and target move in straight
/// lines, by the same part in each frame.
struct Flight {
  int frames = 0;
  std::vector<FlightKey> keys;  ///< by frame, which rises; the first one is 0, the last one frames - 1
};

/// The path named "around" or "through", or that of a JSON file like those of assets/flights. Throws Error, naming the
/// file and the key, if the file holds no flight.
Flight readFlight(const std::string& nameOrFile);

/// The camera at a frame: like `camera`, but with its eye on the path, and `down` (a unit vector) downwards in the
/// picture.
Camera cameraAt(const Flight& flight, int frame, const Box3& worldBox, const dvec3& down, const Camera& camera);

}  // namespace volary
