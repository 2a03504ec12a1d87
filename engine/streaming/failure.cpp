#include "streaming/failure.h"

#include "base/error.h"

#include <new>

namespace volary {

std::string describeFailure(const Source& source, std::string_view item) {
  const std::string file = source.dataset().location;
  try {
    throw;
  } catch (const Error& error) {
    return error.what();
  } catch (const std::bad_alloc&) {
    return fmt::format("{}: {}: not enough memory", file, item);
  } catch (const std::exception& error) {
    return fmt::format("{}: {}: {}", file, item, error.what());
  } catch (...) {
    return fmt::format("{}: {}: unknown failure", file, item);
  }
}

std::string describeLevel(const Source& source, ImageId image, int level) {
  const Dataset& dataset = source.dataset();
  return fmt::format("setup {}, time point {}, level {}", dataset.setups[image.setup].id,
                     dataset.timepoints[image.timepoint], level);
}

}  // namespace volary
