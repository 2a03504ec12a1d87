#include "support/gpu/gpu_device.h"

#include "base/error.h"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <string>

namespace volary::test {

TestDevice::TestDevice(gpu::Validation validation) {
  try {
    device_ = std::make_unique<gpu::Device>(gpu::DeviceSettings{.validation = validation});
  } catch (const Error& error) {
    if (std::getenv("CI") || std::getenv("VOLARY_REQUIRE_DEVICE")) FAIL(error.what());
    SKIP(error.what());
  }
}

TestDevice::~TestDevice() {
  std::string all;
  for (const std::string& message : device_->takeValidationMessages()) all += message + "\n";
  if (!all.empty()) FAIL_CHECK("validation: " << all);
}

}  // namespace volary::test
