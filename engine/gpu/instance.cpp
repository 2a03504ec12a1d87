#include "gpu/instance.h"

#include "base/error.h"
#include "gpu/check.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace volary::gpu {

namespace {

constexpr const char* kValidationLayer = "VK_LAYER_KHRONOS_validation";

bool hasLayer(const char* name) {
  std::uint32_t count = 0;
  check(vkEnumerateInstanceLayerProperties(&count, nullptr), "list the Vulkan layers");
  std::vector<VkLayerProperties> layers(count);
  check(vkEnumerateInstanceLayerProperties(&count, layers.data()), "list the Vulkan layers");
  return std::ranges::any_of(layers, [&](const auto& layer) { return std::strcmp(layer.layerName, name) == 0; });
}

bool hasExtension(const char* name) {
  std::uint32_t count = 0;
  check(vkEnumerateInstanceExtensionProperties(nullptr, &count, nullptr), "list the Vulkan extensions");
  std::vector<VkExtensionProperties> all(count);
  check(vkEnumerateInstanceExtensionProperties(nullptr, &count, all.data()), "list the Vulkan extensions");
  return std::ranges::any_of(all, [&](const auto& one) { return std::strcmp(one.extensionName, name) == 0; });
}

}  // namespace

Instance::Instance(std::span<const char* const> extensions, Validation validation) {
  std::uint32_t loaderVersion = 0;
  check(vkEnumerateInstanceVersion(&loaderVersion), "ask for the Vulkan version");
  if (loaderVersion < VK_API_VERSION_1_3)
    fail("the Vulkan loader is version {}.{}; 1.3 is needed", VK_API_VERSION_MAJOR(loaderVersion),
         VK_API_VERSION_MINOR(loaderVersion));
  if (validation == Validation::on && !hasLayer(kValidationLayer))
    fail("the Vulkan validation layer ({}) is not installed", kValidationLayer);

  std::vector<const char*> enabled(extensions.begin(), extensions.end());
  hasDebugUtils_ = validation == Validation::on || hasExtension(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);
  if (hasDebugUtils_) enabled.push_back(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);

  VkApplicationInfo application{VK_STRUCTURE_TYPE_APPLICATION_INFO};
  application.pApplicationName = "Volary";
  application.apiVersion = VK_API_VERSION_1_3;

  VkDebugUtilsMessengerCreateInfoEXT messenger{VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT};
  messenger.messageSeverity =
      VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  messenger.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT;
  messenger.pfnUserCallback = onMessage;
  messenger.pUserData = this;

  const std::array<VkValidationFeatureEnableEXT, 1> features = {
      VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT};
  VkValidationFeaturesEXT checks{VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT};
  checks.pNext = &messenger;
  checks.enabledValidationFeatureCount = static_cast<std::uint32_t>(features.size());
  checks.pEnabledValidationFeatures = features.data();

  VkInstanceCreateInfo create{VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
  create.pApplicationInfo = &application;
  create.enabledExtensionCount = static_cast<std::uint32_t>(enabled.size());
  create.ppEnabledExtensionNames = enabled.data();
  if (validation == Validation::on) {
    create.pNext = &checks;
    create.enabledLayerCount = 1;
    create.ppEnabledLayerNames = &kValidationLayer;
  }
  check(vkCreateInstance(&create, nullptr, &instance_), "start Vulkan");

  if (validation == Validation::on) {
    const auto createMessenger = reinterpret_cast<PFN_vkCreateDebugUtilsMessengerEXT>(
        vkGetInstanceProcAddr(instance_, "vkCreateDebugUtilsMessengerEXT"));
    const VkResult result = createMessenger(instance_, &messenger, nullptr, &messenger_);
    if (result != VK_SUCCESS) vkDestroyInstance(instance_, nullptr);
    check(result, "listen to the validation layer");
  }
}

Instance::~Instance() {
  if (messenger_ != VK_NULL_HANDLE) {
    const auto destroyMessenger = reinterpret_cast<PFN_vkDestroyDebugUtilsMessengerEXT>(
        vkGetInstanceProcAddr(instance_, "vkDestroyDebugUtilsMessengerEXT"));
    destroyMessenger(instance_, messenger_, nullptr);
  }
  vkDestroyInstance(instance_, nullptr);
}

std::vector<std::string> Instance::takeMessages() {
  const std::lock_guard lock(mutex_);
  return std::exchange(messages_, {});
}

VkBool32 Instance::onMessage(VkDebugUtilsMessageSeverityFlagBitsEXT, VkDebugUtilsMessageTypeFlagsEXT,
                             const VkDebugUtilsMessengerCallbackDataEXT* data, void* instance) {
  auto* self = static_cast<Instance*>(instance);
  try {
    const std::lock_guard lock(self->mutex_);
    self->messages_.emplace_back(data->pMessage);
  } catch (...) {
    // Nothing may be thrown through the layer; a message that finds no memory is lost.
  }
  return VK_FALSE;
}

}  // namespace volary::gpu
