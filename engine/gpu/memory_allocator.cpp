// The Vulkan Memory Allocator's implementation, compiled once.
#define VMA_VULKAN_VERSION 1003000
#define VMA_IMPLEMENTATION
#include <vk_mem_alloc.h>
