#include "viewer/ui/ui_layer.h"

#include "base/error.h"
#include "base/log.h"
#include "gpu/check.h"

#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_vulkan.h>
#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <filesystem>
#include <type_traits>

namespace volary {

using gpu::check;

namespace {

constexpr float kFontPx = 15.0f;

// A lost device is noticed, and reported, by the next submission; a callback must not throw.
void noteResult(VkResult result) {
  if (result < 0) logWarning(fmt::format("the panels could not be drawn: {}", gpu::resultName(result)));
}

// The font that Debian and Ubuntu have everywhere; if it is missing, Dear ImGui's own, which is made for one size.
void loadFont(float scale) {
  const char* path = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
  ImGuiIO& io = ImGui::GetIO();
  std::error_code error;
  if (std::filesystem::exists(path, error) && io.Fonts->AddFontFromFileTTF(path, kFontPx * scale)) return;
  ImFontConfig config;
  config.SizePixels = 13.0f * scale;
  io.Fonts->AddFontDefault(&config);
}

void applyStyle(float scale) {
  ImGui::StyleColorsDark();
  ImGuiStyle& style = ImGui::GetStyle();
  style.WindowRounding = 6.0f;
  style.FrameRounding = 3.0f;
  style.GrabRounding = 3.0f;
  style.WindowBorderSize = 0.0f;
  style.Colors[ImGuiCol_WindowBg] = ImVec4(0.07f, 0.08f, 0.09f, 0.86f);
  style.Colors[ImGuiCol_PlotHistogram] = ImVec4(0.16f, 0.50f, 0.42f, 1.0f);
  style.ScaleAllSizes(scale);
}

// Until 1.90 the render pass is an argument of Init, then a member of its settings.
template <typename Init, typename Info>
bool callInit(Init init, Info& info, VkRenderPass renderPass) {
  if constexpr (std::is_invocable_v<Init, Info*, VkRenderPass>) {
    return init(&info, renderPass);
  } else if constexpr (requires { info.RenderPass; }) {
    info.RenderPass = renderPass;
    return init(&info);
  } else {
    info.PipelineInfoMain.RenderPass = renderPass;
    return init(&info);
  }
}

// Until 1.90 the font is copied by the application's commands; from 1.92 on the back end does it by itself.
template <typename Create>
void uploadFont(gpu::Device& device, Create create) {
  if constexpr (std::is_invocable_v<Create, VkCommandBuffer>)
    gpu::runCommands(device, [&](VkCommandBuffer commands) { create(commands); });
  else
    create();
}

}  // namespace

UiLayer::UiLayer(gpu::Device& device, Window& window, const Swapchain& swapchain) : device_(device) {
  createRenderPass(swapchain.format());

  // Later versions of the back end ask for more sets than the one of the font.
  constexpr std::uint32_t kSets = 16;
  const VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, kSets};
  const VkDescriptorPoolCreateInfo info{.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
                                        .flags = VK_DESCRIPTOR_POOL_CREATE_FREE_DESCRIPTOR_SET_BIT,
                                        .maxSets = kSets,
                                        .poolSizeCount = 1,
                                        .pPoolSizes = &size};
  VkDescriptorPool pool = VK_NULL_HANDLE;
  check(vkCreateDescriptorPool(device_.handle(), &info, nullptr, &pool), "create the panels' descriptors");
  descriptorPool_ = {device_.handle(), pool};

  IMGUI_CHECKVERSION();
  ImGui::CreateContext();
  ImGui::GetIO().IniFilename = nullptr;  // no file appears in the user's folder
  const auto scale = static_cast<float>(window.contentScale());
  applyStyle(scale);
  loadFont(scale);
  if (!ImGui_ImplGlfw_InitForVulkan(window.handle(), true)) fail("Dear ImGui does not work with this window");
  initialiseBackEnd(swapchain);
}

UiLayer::~UiLayer() {
  vkDeviceWaitIdle(device_.handle());
  ImGui_ImplVulkan_Shutdown();
  ImGui_ImplGlfw_Shutdown();
  ImGui::DestroyContext();
}

void UiLayer::initialiseBackEnd(const Swapchain& swapchain) {
  ImGui_ImplVulkan_InitInfo info{};
  info.Instance = device_.instance();
  info.PhysicalDevice = device_.physical();
  info.Device = device_.handle();
  info.QueueFamily = device_.queueFamily();
  info.Queue = device_.queue();
  info.DescriptorPool = descriptorPool_.get();
  info.MinImageCount = 2;
  info.ImageCount = std::max(2u, swapchain.imageCount());
  info.CheckVkResultFn = noteResult;
  if (!callInit(ImGui_ImplVulkan_Init, info, renderPass_.get()))
    fail("Dear ImGui does not work with the Vulkan device {}", device_.name());
#if IMGUI_VERSION_NUM < 19200
  uploadFont(device_, ImGui_ImplVulkan_CreateFontsTexture);
#endif
#if IMGUI_VERSION_NUM < 19000
  ImGui_ImplVulkan_DestroyFontUploadObjects();
#endif
}

void UiLayer::createRenderPass(VkFormat format) {
  const VkAttachmentDescription attachment{.format = format,
                                           .samples = VK_SAMPLE_COUNT_1_BIT,
                                           .loadOp = VK_ATTACHMENT_LOAD_OP_LOAD,
                                           .storeOp = VK_ATTACHMENT_STORE_OP_STORE,
                                           .stencilLoadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE,
                                           .stencilStoreOp = VK_ATTACHMENT_STORE_OP_DONT_CARE,
                                           .initialLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL,
                                           .finalLayout = VK_IMAGE_LAYOUT_PRESENT_SRC_KHR};
  const VkAttachmentReference reference{0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
  const VkSubpassDescription subpass{
      .pipelineBindPoint = VK_PIPELINE_BIND_POINT_GRAPHICS, .colorAttachmentCount = 1, .pColorAttachments = &reference};
  const VkRenderPassCreateInfo info{.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO,
                                    .attachmentCount = 1,
                                    .pAttachments = &attachment,
                                    .subpassCount = 1,
                                    .pSubpasses = &subpass};
  VkRenderPass pass = VK_NULL_HANDLE;
  check(vkCreateRenderPass(device_.handle(), &info, nullptr, &pass), "create the panels' render pass");
  renderPass_ = {device_.handle(), pass};
}

void UiLayer::createFramebuffers(const Swapchain& swapchain) {
  // The swapchain waited for the device before it made new images: nobody uses the old ones.
  framebuffers_.clear();
  for (std::uint32_t i = 0; i < swapchain.imageCount(); ++i) {
    const VkImageView view = swapchain.view(i);
    const VkFramebufferCreateInfo info{.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO,
                                       .renderPass = renderPass_.get(),
                                       .attachmentCount = 1,
                                       .pAttachments = &view,
                                       .width = static_cast<std::uint32_t>(swapchain.sizePx().x),
                                       .height = static_cast<std::uint32_t>(swapchain.sizePx().y),
                                       .layers = 1};
    VkFramebuffer framebuffer = VK_NULL_HANDLE;
    check(vkCreateFramebuffer(device_.handle(), &info, nullptr, &framebuffer), "create the panels' framebuffer");
    framebuffers_.emplace_back(device_.handle(), framebuffer);
  }
  framebufferGeneration_ = swapchain.generation();
}

void UiLayer::beginFrame() {
  ImGui_ImplVulkan_NewFrame();
  ImGui_ImplGlfw_NewFrame();
  ImGui::NewFrame();
}

void UiLayer::endFrame() { ImGui::Render(); }

void UiLayer::record(VkCommandBuffer commands, const Swapchain& swapchain, std::uint32_t image) {
  if (framebufferGeneration_ != swapchain.generation()) createFramebuffers(swapchain);
  const VkRenderPassBeginInfo info{.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO,
                                   .renderPass = renderPass_.get(),
                                   .framebuffer = framebuffers_[image].get(),
                                   .renderArea = {{0, 0},
                                                  {static_cast<std::uint32_t>(swapchain.sizePx().x),
                                                   static_cast<std::uint32_t>(swapchain.sizePx().y)}}};
  vkCmdBeginRenderPass(commands, &info, VK_SUBPASS_CONTENTS_INLINE);
  ImGui_ImplVulkan_RenderDrawData(ImGui::GetDrawData(), commands);
  vkCmdEndRenderPass(commands);
}

bool UiLayer::ownsMouseAt(const dvec2& positionPx) const {
  // ImGuiIO::WantCaptureMouse is about the last frame; a click may come together with the move to its place.
  const ImGuiIO& io = ImGui::GetIO();
  if (ImGui::IsAnyItemActive() || ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopupId)) return true;
  const ImVec2 position(static_cast<float>(positionPx.x) / io.DisplayFramebufferScale.x,
                        static_cast<float>(positionPx.y) / io.DisplayFramebufferScale.y);
  for (const ImGuiWindow* window : ImGui::GetCurrentContext()->Windows) {
    const bool passesInput = (window->Flags & ImGuiWindowFlags_NoMouseInputs) != 0;
    if (window->WasActive && !window->Hidden && !passesInput && !(window->Flags & ImGuiWindowFlags_ChildWindow) &&
        window->Rect().Contains(position))
      return true;
  }
  return false;
}

bool UiLayer::ownsKeyboard() const { return ImGui::GetIO().WantTextInput; }

bool UiLayer::active() const { return ImGui::IsAnyItemActive(); }

}  // namespace volary
