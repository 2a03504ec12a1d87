// A Vulkan layer between the program and its driver that behaves, and fails, as on other machines.
//
// VOLARY_FAULTS names a file. While it holds "lose-device", the next submission removes the file and the device is
// lost: from then on every call that asks about its state is told so. "lose-device-twice" does that to the next device
// as well, with its first submission. "lose-surface" is the same for showing a picture. The environment variable
// VOLARY_FAULT_MEMORY is the greatest number of bytes that one allocation of GPU memory may have.
// VOLARY_TRANSFER_DELAY_MS gives a device with one family of queues a second one, for copies alone. What is submitted
// to it begins that much later, on the one queue that there is. A program that submits work that waits for it there,
// instead of waiting itself, waits for ever.
//
// The loader's rules for layers: Vulkan-Loader, docs/LoaderLayerInterface.md.
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

struct Next {
  PFN_vkGetInstanceProcAddr instance = nullptr;
  PFN_vkGetDeviceProcAddr device = nullptr;
  PFN_vkGetPhysicalDeviceQueueFamilyProperties queueFamilies = nullptr;
};

/// Every dispatchable object begins with a pointer that all objects of one device share.
void* keyOf(const void* object) { return *static_cast<void* const*>(object); }

std::mutex mutex;
VkInstance theInstance = VK_NULL_HANDLE;
Next next;
std::map<void*, bool> lost;  // by device

template <typename Function>
Function ofDevice(VkDevice device, const char* name) {
  return reinterpret_cast<Function>(next.device(device, name));
}

std::map<void*, VkDevice> deviceOf;  // by what its queues share with it

template <typename Function>
Function ofQueue(VkQueue queue, const char* name) {
  const std::lock_guard lock(mutex);
  return ofDevice<Function>(deviceOf.at(keyOf(queue)), name);
}

/// True once for each time that the file says so.
bool takeFault(std::string_view name) {
  const char* path = std::getenv("VOLARY_FAULTS");
  if (!path) return false;
  std::ifstream file(path);
  std::string wanted;
  if (!(file >> wanted) || wanted != name) return false;
  return std::remove(path) == 0;
}

/// The same, and from then on the file says `then`.
bool putOffFault(std::string_view name, const char* then) {
  if (!takeFault(name)) return false;
  std::ofstream(std::getenv("VOLARY_FAULTS")) << then;
  return true;
}

bool isLost(const void* object) {
  const std::lock_guard lock(mutex);
  return lost[keyOf(object)];
}

void lose(const void* object) {
  const std::lock_guard lock(mutex);
  lost[keyOf(object)] = true;
}

// A family of queues for copies.

constexpr std::uint32_t kCopyFamily = 1;

/// Nothing if the device is to stay as it is.
std::optional<std::chrono::milliseconds> transferDelay() {
  const char* text = std::getenv("VOLARY_TRANSFER_DELAY_MS");
  if (!text) return std::nullopt;
  return std::chrono::milliseconds(std::strtol(text, nullptr, 10));
}

/// What the program takes for the second queue. The loader writes the first word, as in any queue.
struct CopyQueue {
  void* loaders = nullptr;
} copyQueue;

bool isCopyQueue(VkQueue queue) { return reinterpret_cast<void*>(queue) == &copyQueue; }

/// Submits to the one queue, some time later and in order.
class LateSubmissions {
 public:
  using Clock = std::chrono::steady_clock;

  void add(const VkSubmitInfo2& info, Clock::time_point due) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({{info.pWaitSemaphoreInfos, info.pWaitSemaphoreInfos + info.waitSemaphoreInfoCount},
                        {info.pCommandBufferInfos, info.pCommandBufferInfos + info.commandBufferInfoCount},
                        {info.pSignalSemaphoreInfos, info.pSignalSemaphoreInfos + info.signalSemaphoreInfoCount},
                        due});
    if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    changed_.notify_all();
  }

  void waitUntilEmpty() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.empty(); });
  }

  /// Held by whoever uses the one queue.
  std::mutex queueMutex;
  VkQueue queue = VK_NULL_HANDLE;

 private:
  struct Submission {
    std::vector<VkSemaphoreSubmitInfo> waits;
    std::vector<VkCommandBufferSubmitInfo> commands;
    std::vector<VkSemaphoreSubmitInfo> signals;
    Clock::time_point due;
  };

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [&] { return !waiting_.empty(); })) return;
      const Submission& first = waiting_.front();
      lock.unlock();
      std::this_thread::sleep_until(first.due);
      VkSubmitInfo2 info{VK_STRUCTURE_TYPE_SUBMIT_INFO_2};
      info.waitSemaphoreInfoCount = static_cast<std::uint32_t>(first.waits.size());
      info.pWaitSemaphoreInfos = first.waits.data();
      info.commandBufferInfoCount = static_cast<std::uint32_t>(first.commands.size());
      info.pCommandBufferInfos = first.commands.data();
      info.signalSemaphoreInfoCount = static_cast<std::uint32_t>(first.signals.size());
      info.pSignalSemaphoreInfos = first.signals.data();
      const auto submit = ofQueue<PFN_vkQueueSubmit2>(queue, "vkQueueSubmit2");
      {
        const std::lock_guard queueLock(queueMutex);
        if (submit(queue, 1, &info, VK_NULL_HANDLE) != VK_SUCCESS) lose(queue);
      }
      lock.lock();
      waiting_.pop_front();
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Submission> waiting_;
  std::jthread thread_;
} late;

VKAPI_ATTR void VKAPI_CALL queueFamilies(VkPhysicalDevice device, std::uint32_t* count,
                                         VkQueueFamilyProperties* families) {
  if (!transferDelay()) return next.queueFamilies(device, count, families);
  std::uint32_t real = kCopyFamily;
  next.queueFamilies(device, &real, families);
  if (families && *count > kCopyFamily)
    families[kCopyFamily] = {.queueFlags = VK_QUEUE_TRANSFER_BIT,
                             .queueCount = 1,
                             .timestampValidBits = 0,
                             .minImageTransferGranularity = {1, 1, 1}};
  *count = kCopyFamily + 1;
}

VKAPI_ATTR void VKAPI_CALL deviceQueue(VkDevice device, std::uint32_t family, std::uint32_t index, VkQueue* queue) {
  if (transferDelay() && family == kCopyFamily) {
    *queue = reinterpret_cast<VkQueue>(&copyQueue);
    return;
  }
  ofDevice<PFN_vkGetDeviceQueue>(device, "vkGetDeviceQueue")(device, family, index, queue);
  late.queue = *queue;
}

VKAPI_ATTR VkResult VKAPI_CALL createCommandPool(VkDevice device, const VkCommandPoolCreateInfo* info,
                                                 const VkAllocationCallbacks* callbacks, VkCommandPool* pool) {
  VkCommandPoolCreateInfo ofOneFamily = *info;
  if (transferDelay()) ofOneFamily.queueFamilyIndex = 0;
  return ofDevice<PFN_vkCreateCommandPool>(device, "vkCreateCommandPool")(device, &ofOneFamily, callbacks, pool);
}

VKAPI_ATTR VkResult VKAPI_CALL createBuffer(VkDevice device, const VkBufferCreateInfo* info,
                                            const VkAllocationCallbacks* callbacks, VkBuffer* buffer) {
  VkBufferCreateInfo ofOneFamily = *info;
  if (transferDelay()) ofOneFamily.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
  return ofDevice<PFN_vkCreateBuffer>(device, "vkCreateBuffer")(device, &ofOneFamily, callbacks, buffer);
}

// What goes wrong.

VKAPI_ATTR VkResult VKAPI_CALL queueSubmit2(VkQueue queue, std::uint32_t count, const VkSubmitInfo2* infos,
                                            VkFence fence) {
  if (isLost(queue)) return VK_ERROR_DEVICE_LOST;
  if (takeFault("lose-device") || putOffFault("lose-device-twice", "lose-device")) {
    lose(queue);
    return VK_ERROR_DEVICE_LOST;
  }
  if (isCopyQueue(queue)) {
    for (std::uint32_t i = 0; i < count; ++i) late.add(infos[i], LateSubmissions::Clock::now() + *transferDelay());
    return VK_SUCCESS;
  }
  const auto submit = ofQueue<PFN_vkQueueSubmit2>(queue, "vkQueueSubmit2");
  const std::lock_guard lock(late.queueMutex);
  return submit(queue, count, infos, fence);
}

VKAPI_ATTR VkResult VKAPI_CALL queuePresent(VkQueue queue, const VkPresentInfoKHR* info) {
  if (isLost(queue)) return VK_ERROR_DEVICE_LOST;
  const auto present = ofQueue<PFN_vkQueuePresentKHR>(queue, "vkQueuePresentKHR");
  const std::lock_guard lock(late.queueMutex);
  const VkResult result = present(queue, info);
  return takeFault("lose-surface") ? VK_ERROR_SURFACE_LOST_KHR : result;
}

VKAPI_ATTR VkResult VKAPI_CALL waitSemaphores(VkDevice device, const VkSemaphoreWaitInfo* info, std::uint64_t timeout) {
  if (isLost(device)) return VK_ERROR_DEVICE_LOST;
  return ofDevice<PFN_vkWaitSemaphores>(device, "vkWaitSemaphores")(device, info, timeout);
}

VKAPI_ATTR VkResult VKAPI_CALL semaphoreCounterValue(VkDevice device, VkSemaphore semaphore, std::uint64_t* value) {
  if (isLost(device)) return VK_ERROR_DEVICE_LOST;
  return ofDevice<PFN_vkGetSemaphoreCounterValue>(device, "vkGetSemaphoreCounterValue")(device, semaphore, value);
}

VKAPI_ATTR VkResult VKAPI_CALL deviceWaitIdle(VkDevice device) {
  late.waitUntilEmpty();
  const std::lock_guard lock(late.queueMutex);
  const VkResult result = ofDevice<PFN_vkDeviceWaitIdle>(device, "vkDeviceWaitIdle")(device);
  return isLost(device) ? VK_ERROR_DEVICE_LOST : result;
}

VKAPI_ATTR VkResult VKAPI_CALL allocateMemory(VkDevice device, const VkMemoryAllocateInfo* info,
                                              const VkAllocationCallbacks* callbacks, VkDeviceMemory* memory) {
  const char* most = std::getenv("VOLARY_FAULT_MEMORY");
  if (most && info->allocationSize > std::strtoull(most, nullptr, 10)) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  return ofDevice<PFN_vkAllocateMemory>(device, "vkAllocateMemory")(device, info, callbacks, memory);
}

/// The link of the chain that says how to call the next layer.
template <typename LayerInfo, typename CreateInfo>
LayerInfo* findLink(const CreateInfo* info, VkStructureType type) {
  auto* link = static_cast<LayerInfo*>(const_cast<void*>(info->pNext));
  while (link && !(link->sType == type && link->function == VK_LAYER_LINK_INFO))
    link = static_cast<LayerInfo*>(const_cast<void*>(link->pNext));
  return link;
}

VKAPI_ATTR VkResult VKAPI_CALL createInstance(const VkInstanceCreateInfo* info, const VkAllocationCallbacks* callbacks,
                                              VkInstance* instance) {
  auto* const link = findLink<VkLayerInstanceCreateInfo>(info, VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO);
  if (!link) return VK_ERROR_INITIALIZATION_FAILED;
  next.instance = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  const auto create = reinterpret_cast<PFN_vkCreateInstance>(next.instance(VK_NULL_HANDLE, "vkCreateInstance"));
  const VkResult result = create(info, callbacks, instance);
  if (result != VK_SUCCESS) return result;
  theInstance = *instance;
  // Later the loader answers with what is first in the chain.
  next.queueFamilies = reinterpret_cast<PFN_vkGetPhysicalDeviceQueueFamilyProperties>(
      next.instance(theInstance, "vkGetPhysicalDeviceQueueFamilyProperties"));
  return result;
}

VKAPI_ATTR VkResult VKAPI_CALL createDevice(VkPhysicalDevice physical, const VkDeviceCreateInfo* info,
                                            const VkAllocationCallbacks* callbacks, VkDevice* device) {
  auto* const link = findLink<VkLayerDeviceCreateInfo>(info, VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO);
  if (!link) return VK_ERROR_INITIALIZATION_FAILED;
  next.device = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
  const auto nextInstance = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  const auto create = reinterpret_cast<PFN_vkCreateDevice>(nextInstance(theInstance, "vkCreateDevice"));
  VkDeviceCreateInfo ofOneFamily = *info;
  if (transferDelay()) ofOneFamily.queueCreateInfoCount = 1;
  const VkResult result = create(physical, &ofOneFamily, callbacks, device);
  if (result != VK_SUCCESS) return result;
  const std::lock_guard lock(mutex);
  lost[keyOf(*device)] = false;
  deviceOf[keyOf(*device)] = *device;
  return result;
}

PFN_vkVoidFunction findOurs(const char* name) {
  static const std::map<std::string_view, PFN_vkVoidFunction> all = {
      {"vkCreateInstance", reinterpret_cast<PFN_vkVoidFunction>(createInstance)},
      {"vkCreateDevice", reinterpret_cast<PFN_vkVoidFunction>(createDevice)},
      {"vkGetPhysicalDeviceQueueFamilyProperties", reinterpret_cast<PFN_vkVoidFunction>(queueFamilies)},
      {"vkGetDeviceQueue", reinterpret_cast<PFN_vkVoidFunction>(deviceQueue)},
      {"vkCreateCommandPool", reinterpret_cast<PFN_vkVoidFunction>(createCommandPool)},
      {"vkCreateBuffer", reinterpret_cast<PFN_vkVoidFunction>(createBuffer)},
      {"vkQueueSubmit2", reinterpret_cast<PFN_vkVoidFunction>(queueSubmit2)},
      {"vkQueuePresentKHR", reinterpret_cast<PFN_vkVoidFunction>(queuePresent)},
      {"vkWaitSemaphores", reinterpret_cast<PFN_vkVoidFunction>(waitSemaphores)},
      {"vkGetSemaphoreCounterValue", reinterpret_cast<PFN_vkVoidFunction>(semaphoreCounterValue)},
      {"vkDeviceWaitIdle", reinterpret_cast<PFN_vkVoidFunction>(deviceWaitIdle)},
      {"vkAllocateMemory", reinterpret_cast<PFN_vkVoidFunction>(allocateMemory)}};
  const auto found = all.find(name);
  return found == all.end() ? nullptr : found->second;
}

}  // namespace

extern "C" {

[[gnu::visibility("default")]] VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vkGetDeviceProcAddr(VkDevice device,
                                                                                            const char* name) {
  if (std::strcmp(name, "vkGetDeviceProcAddr") == 0) return reinterpret_cast<PFN_vkVoidFunction>(vkGetDeviceProcAddr);
  if (const PFN_vkVoidFunction ours = findOurs(name)) return ours;
  return next.device(device, name);
}

[[gnu::visibility("default")]] VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vkGetInstanceProcAddr(VkInstance instance,
                                                                                              const char* name) {
  if (std::strcmp(name, "vkGetInstanceProcAddr") == 0)
    return reinterpret_cast<PFN_vkVoidFunction>(vkGetInstanceProcAddr);
  if (std::strcmp(name, "vkGetDeviceProcAddr") == 0) return reinterpret_cast<PFN_vkVoidFunction>(vkGetDeviceProcAddr);
  if (const PFN_vkVoidFunction ours = findOurs(name)) return ours;
  return next.instance ? next.instance(instance, name) : nullptr;
}
}
