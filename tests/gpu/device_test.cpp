#include "base/error.h"
#include "gpu/barrier.h"
#include "gpu/buffer.h"
#include "gpu/frame.h"
#include "gpu/transfer_ring.h"
#include "render/picture.h"
#include "render/renderer.h"
#include "support/gpu/gpu_device.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

using namespace volary;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

TEST_CASE("a device that nothing is named like is refused, with the reason") {
  test::TestDevice device;
  CHECK_THROWS_MATCHES(gpu::Device(gpu::DeviceSettings{.preferredDevice = "no such card"}), Error,
                       MessageMatches(ContainsSubstring(device->name()) && ContainsSubstring("no such card")));
}

TEST_CASE("a device that can't present is refused") {
  test::TestDevice device;
  gpu::DeviceSettings settings;
  settings.canPresent = [](VkInstance, VkPhysicalDevice, std::uint32_t) { return false; };
  CHECK_THROWS_MATCHES(gpu::Device(settings), Error, MessageMatches(ContainsSubstring("can't draw in this window")));
}

TEST_CASE("a bad use of Vulkan is reported by the validation layer") {
  test::TestDevice device;
  gpu::runCommands(*device, [&](VkCommandBuffer commands) {
    gpu::Buffer small(*device, 16, VK_BUFFER_USAGE_TRANSFER_DST_BIT, gpu::BufferMemory::device, "small");
    vkCmdFillBuffer(commands, small.get(), 0, 64, 7);
    device->retire(std::move(small));
  });
  CHECK_FALSE(device->takeValidationMessages().empty());
}

TEST_CASE("a missing barrier is reported by the synchronization validation") {
  test::TestDevice device;
  gpu::Buffer a(*device, 64, VK_BUFFER_USAGE_TRANSFER_DST_BIT, gpu::BufferMemory::device, "a");
  gpu::runCommands(*device, [&](VkCommandBuffer commands) {
    vkCmdFillBuffer(commands, a.get(), 0, 64, 1);
    vkCmdFillBuffer(commands, a.get(), 0, 64, 2);
  });
  const std::vector<std::string> messages = device->takeValidationMessages();
  REQUIRE_FALSE(messages.empty());
  CHECK_THAT(messages.front(), ContainsSubstring("hazard", Catch::CaseSensitive::No));
}

TEST_CASE("staged bytes reach the GPU and come back, however much a frame stages") {
  test::TestDevice device;
  gpu::FrameRing frames(*device);
  for (const std::size_t count : {std::size_t{10}, std::size_t{3} << 20}) {
    std::vector<std::uint32_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 1u);
    const VkDeviceSize bytes = numbers.size() * 4;
    gpu::Buffer back(*device, bytes, VK_BUFFER_USAGE_TRANSFER_DST_BIT, gpu::BufferMemory::readBack, "back");
    gpu::Frame& frame = frames.begin();
    frame.stage(100);
    const gpu::Staging staged = frame.stage(bytes);
    CHECK(staged.offset % 256 == 0);
    std::memcpy(staged.mapped, numbers.data(), bytes);
    const VkBufferCopy copy{staged.offset, 0, bytes};
    vkCmdCopyBuffer(frame.commands(), staged.buffer, back.get(), 1, &copy);
    gpu::recordMemoryBarrier(frame.commands(), gpu::kTransferWrite, gpu::kHostRead);
    device->wait(frames.submit(frame));
    back.invalidate();
    CHECK(std::memcmp(back.mapped(), numbers.data(), bytes) == 0);
  }
}

// tests/window/fault_layer.cpp gives a device of one queue a transfer queue.
TEST_CASE("transfers arrive beside the frames, as they were sent, and a batch is not filled while a frame reads it",
          "[transfer]") {
  test::TestDevice device;
  if (!device->transferFamily()) {
    if (std::getenv("VOLARY_TRANSFER_DELAY_MS")) FAIL("the layer gives no transfer queue");
    SKIP("this device has no transfer queue");
  }
  constexpr VkDeviceSize kPiece = 1000;
  constexpr int kBatches = 3;
  gpu::FrameRing frames(*device);
  gpu::TransferRing ring(*device, 2 * gpu::alignStaging(kPiece), kBatches);
  gpu::Buffer back(*device, 2 * kPiece, VK_BUFFER_USAGE_TRANSFER_DST_BIT, gpu::BufferMemory::readBack, "back");
  int sent = 0;
  std::deque<std::pair<gpu::Staging, gpu::Staging>> underWay;
  for (int arrived = 0; arrived < 10;) {
    while (ring.canSend()) {
      underWay.emplace_back(ring.stage(kPiece), ring.stage(kPiece));
      CHECK(underWay.back().second.offset % gpu::kStagingAlignment == 0);
      std::memset(underWay.back().first.mapped, 2 * sent, kPiece);
      std::memset(underWay.back().second.mapped, 2 * sent + 1, kPiece);
      ring.send();
      ++sent;
    }
    CHECK(sent - arrived <= kBatches);
    gpu::Frame& frame = frames.begin();
    if (!ring.takeArrived()) {
      // A frame without a transfer: it runs while all batches are under way, which shows that it waits for none.
      device->wait(frames.submit(frame));
      ring.wait(std::chrono::seconds(10));
      continue;
    }
    CHECK(ring.anyUnderWay() == (sent - arrived > 1));
    const auto [first, second] = underWay.front();
    underWay.pop_front();
    const VkBufferCopy copies[2] = {{first.offset, 0, kPiece}, {second.offset, kPiece, kPiece}};
    vkCmdCopyBuffer(frame.commands(), first.buffer, back.get(), 1, &copies[0]);
    vkCmdCopyBuffer(frame.commands(), second.buffer, back.get(), 1, &copies[1]);
    gpu::recordMemoryBarrier(frame.commands(), gpu::kTransferWrite, gpu::kHostRead);
    CHECK((sent - arrived < kBatches || !ring.canSend()));
    device->wait(frames.submit(frame));
    back.invalidate();
    const std::vector<std::byte> all(back.mapped(), back.mapped() + 2 * kPiece);
    CHECK(std::ranges::count(all, std::byte(2 * arrived)) == kPiece);
    CHECK(std::ranges::count(all, std::byte(2 * arrived + 1)) == kPiece);
    ++arrived;
  }
}

TEST_CASE("the timeline counts submissions and retired objects outlive the frame that uses them") {
  test::TestDevice device;
  struct Witness {
    std::shared_ptr<int> token;
  };
  gpu::FrameRing frames(*device);
  const auto token = std::make_shared<int>(0);
  const std::uint64_t before = device->submitted();
  gpu::Frame& frame = frames.begin();
  device->retire(Witness{token});
  CHECK(token.use_count() == 2);
  const std::uint64_t value = frames.submit(frame);
  CHECK(value == before + 1);
  device->wait(value);
  CHECK(device->completed() >= value);
  CHECK(token.use_count() == 1);
}

TEST_CASE("a frame that was abandoned is begun anew") {
  test::TestDevice device;
  gpu::FrameRing frames(*device);
  gpu::Frame& abandoned = frames.begin();
  abandoned.beginTiming("never ended");
  gpu::Frame& frame = frames.begin();
  CHECK(&frame == &abandoned);
  device->wait(frames.submit(frame));
}

TEST_CASE("timings tell what a pass took, a ring's length later") {
  test::TestDevice device;
  if (!device->hasTimestamps()) SKIP("this device has no timestamps");
  gpu::FrameRing frames(*device, 1);
  gpu::Frame& frame = frames.begin();
  frame.beginTiming("nothing");
  frame.endTiming();
  frames.submit(frame);
  gpu::Frame& next = frames.begin();
  REQUIRE(next.previousTimings().size() == 1);
  CHECK(next.previousTimings()[0].name == "nothing");
  CHECK(next.previousTimings()[0].ms >= 0.0);
  CHECK(next.previousTimings()[0].ms < 1000.0);
  frames.submit(next);
}

TEST_CASE("memory that no GPU has is refused with a sentence") {
  test::TestDevice device;
  CHECK_THROWS_MATCHES(
      gpu::Buffer(*device, 1ull << 50, VK_BUFFER_USAGE_TRANSFER_DST_BIT, gpu::BufferMemory::device, "huge buffer"),
      Error, MessageMatches(ContainsSubstring("huge buffer")));
  device->takeValidationMessages();
}

TEST_CASE("a picture is cleared, scaled and read back") {
  test::TestDevice device;
  gpu::FrameRing frames(*device);
  Renderer renderer(*device);
  Picture small(*device, {8, 8}), large(*device, {32, 32});
  gpu::Frame& frame = frames.begin();
  renderer.clear(frame, small, vec4(1.0f, 0.5f, 0.0f, 1.0f));
  renderer.clear(frame, large, vec4(0.0f));
  scalePicture(frame, small, large, {.begin = {16, 0}, .end = {32, 32}});
  frames.submit(frame);
  const std::vector<std::uint8_t> pixels = large.readBack(*device);
  const std::vector<std::uint8_t> right(pixels.end() - 4, pixels.end());
  CHECK(right == std::vector<std::uint8_t>{255, 128, 0, 255});
  CHECK(pixels[0] == 0);
}
