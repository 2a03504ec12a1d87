// A Vulkan layer between the program and its driver, where things go wrong as they do on real machines.
//
// VOLARY_FAULTS names a file. While it holds "lose-device", the next submission takes the file away and the device is lost:
// from then on all that asks how it is doing is told so. "lose-surface" is the same for showing a picture. The environment
// variable VOLARY_FAULT_MEMORY is the greatest number of bytes that one allocation of GPU memory may have.
//
// The loader's rules for layers: Vulkan-Loader, docs/LoaderLayerInterface.md.
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace {

struct Next {
  PFN_vkGetInstanceProcAddr instance = nullptr;
  PFN_vkGetDeviceProcAddr device = nullptr;
};

/// Every dispatchable object begins with a pointer that all objects of one device share.
void* keyOf(const void* object) { return *static_cast<void* const*>(object); }

std::mutex mutex;
VkInstance theInstance = VK_NULL_HANDLE;
Next next;
std::map<void*, bool> lost;   // by device

template <typename Function>
Function ofDevice(VkDevice device, const char* name) {
  return reinterpret_cast<Function>(next.device(device, name));
}

std::map<void*, VkDevice> deviceOf;   // by what its queues share with it

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

bool isLost(const void* object) {
  const std::lock_guard lock(mutex);
  return lost[keyOf(object)];
}

void lose(const void* object) {
  const std::lock_guard lock(mutex);
  lost[keyOf(object)] = true;
}

VKAPI_ATTR VkResult VKAPI_CALL queueSubmit2(VkQueue queue, std::uint32_t count, const VkSubmitInfo2* infos, VkFence fence) {
  if (takeFault("lose-device")) lose(queue);
  if (isLost(queue)) return VK_ERROR_DEVICE_LOST;
  return ofQueue<PFN_vkQueueSubmit2>(queue, "vkQueueSubmit2")(queue, count, infos, fence);
}

VKAPI_ATTR VkResult VKAPI_CALL queuePresent(VkQueue queue, const VkPresentInfoKHR* info) {
  if (isLost(queue)) return VK_ERROR_DEVICE_LOST;
  const VkResult result = ofQueue<PFN_vkQueuePresentKHR>(queue, "vkQueuePresentKHR")(queue, info);
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
  const VkResult result = ofDevice<PFN_vkDeviceWaitIdle>(device, "vkDeviceWaitIdle")(device);
  return isLost(device) ? VK_ERROR_DEVICE_LOST : result;
}

VKAPI_ATTR VkResult VKAPI_CALL allocateMemory(VkDevice device, const VkMemoryAllocateInfo* info,
                                              const VkAllocationCallbacks* callbacks, VkDeviceMemory* memory) {
  const char* most = std::getenv("VOLARY_FAULT_MEMORY");
  if (most && info->allocationSize > std::strtoull(most, nullptr, 10)) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  return ofDevice<PFN_vkAllocateMemory>(device, "vkAllocateMemory")(device, info, callbacks, memory);
}

/// The link of the chain that says how to go on below.
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
  const auto create =
      reinterpret_cast<PFN_vkCreateInstance>(next.instance(VK_NULL_HANDLE, "vkCreateInstance"));
  const VkResult result = create(info, callbacks, instance);
  if (result == VK_SUCCESS) theInstance = *instance;
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
  const VkResult result = create(physical, info, callbacks, device);
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

VK_LAYER_EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vkGetDeviceProcAddr(VkDevice device, const char* name) {
  if (std::strcmp(name, "vkGetDeviceProcAddr") == 0) return reinterpret_cast<PFN_vkVoidFunction>(vkGetDeviceProcAddr);
  if (const PFN_vkVoidFunction ours = findOurs(name)) return ours;
  return next.device(device, name);
}

VK_LAYER_EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vkGetInstanceProcAddr(VkInstance instance, const char* name) {
  if (std::strcmp(name, "vkGetInstanceProcAddr") == 0)
    return reinterpret_cast<PFN_vkVoidFunction>(vkGetInstanceProcAddr);
  if (std::strcmp(name, "vkGetDeviceProcAddr") == 0) return reinterpret_cast<PFN_vkVoidFunction>(vkGetDeviceProcAddr);
  if (const PFN_vkVoidFunction ours = findOurs(name)) return ours;
  return next.instance ? next.instance(instance, name) : nullptr;
}
}
