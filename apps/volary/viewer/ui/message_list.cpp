#include "viewer/ui/panels.h"

#include <imgui.h>

#include <optional>
#include <string>

namespace volary {

namespace {

void drawMessage(const Messages::Message& message, std::size_t index, std::optional<std::size_t>& closed) {
  const bool error = message.kind == Messages::Kind::error;
  ImGui::PushID(static_cast<int>(index));
  if (error) {
    if (ImGui::SmallButton("x")) closed = index;
    ImGui::SameLine();
    ImGui::PushStyleColor(ImGuiCol_Text, ImVec4(1.0f, 0.55f, 0.5f, 1.0f));
  }
  ImGui::PushTextWrapPos(36.0f * ImGui::GetFontSize());
  ImGui::TextUnformatted(message.text.c_str());
  ImGui::PopTextWrapPos();
  if (error) ImGui::PopStyleColor();
  ImGui::PopID();
}

}  // namespace

void drawMessages(ViewerModel& model) {
  if (model.messages.all().empty() && !model.opening && !model.screenshotPending) return;
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos(ImVec2(0.5f * display.x, display.y - 3.0f * ImGui::GetFontSize()), ImGuiCond_Always,
                          ImVec2(0.5f, 1.0f));
  const ImGuiWindowFlags flags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_AlwaysAutoResize |
                                 ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoFocusOnAppearing;
  if (ImGui::Begin("messages", nullptr, flags)) {
    if (model.opening) ImGui::TextUnformatted("Opening the file");
    if (model.screenshotPending) ImGui::TextUnformatted("The screenshot waits until the picture is complete");
    std::optional<std::size_t> closed;
    for (std::size_t i = 0; i < model.messages.all().size(); ++i) drawMessage(model.messages.all()[i], i, closed);
    if (closed) model.messages.remove(*closed);
  }
  ImGui::End();
}

}  // namespace volary
