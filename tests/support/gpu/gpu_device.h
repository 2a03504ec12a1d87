#pragma once

#include "gpu/device.h"

#include <memory>

namespace volary::test {

/// A device for the life of one test case, at whose end any message fails the test. Validation and synchronization
/// validation are on unless asked for otherwise.
///
/// Skips the test case if there is no Vulkan 1.3 device; where the environment has CI or VOLARY_REQUIRE_DEVICE, a
/// missing device is a failure.
class TestDevice {
 public:
  explicit TestDevice(gpu::Validation validation = gpu::Validation::on);
  ~TestDevice();
  TestDevice(const TestDevice&) = delete;
  TestDevice& operator=(const TestDevice&) = delete;

  gpu::Device& operator*() { return *device_; }
  gpu::Device* operator->() { return device_.get(); }

 private:
  std::unique_ptr<gpu::Device> device_;
};

}  // namespace volary::test
