#include "viewer/ui/panels.h"

#include <imgui.h>

#include <algorithm>
#include <string>

namespace volary {

namespace {

void row(const std::string& gesture, std::string_view text) {
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::TextColored(ImVec4(0.62f, 0.82f, 1.0f, 1.0f), "%s", gesture.c_str());
  ImGui::TableNextColumn();
  ImGui::PushTextWrapPos(0.0f);
  ImGui::TextUnformatted(text.data(), text.data() + text.size());
  ImGui::PopTextWrapPos();
}

bool beginGroup(const std::string& heading) {
  ImGui::Spacing();
  ImGui::TextDisabled("%s", heading.c_str());
  if (!ImGui::BeginTable(heading.c_str(), 2)) return false;
  ImGui::TableSetupColumn("gesture", ImGuiTableColumnFlags_WidthFixed, 10.0f * ImGui::GetFontSize());
  ImGui::TableSetupColumn("text", ImGuiTableColumnFlags_WidthStretch);
  return true;
}

void drawKeys() {
  std::string_view group;
  bool open = false;
  for (const CommandInfo& info : commandTable()) {
    if (info.group != group) {
      if (open) ImGui::EndTable();
      group = info.group;
      open = beginGroup(std::string(group));
    }
    if (open) row(chordsName(info, "   "), info.text);
  }
  if (open) ImGui::EndTable();
}

void drawGestures(MousePlace place, const char* heading) {
  if (!beginGroup(heading)) return;
  for (const MouseInfo& info : mouseTable())
    if (info.place == place) row(gestureName(info), info.text);
  ImGui::EndTable();
}

}  // namespace

void drawHelpPanel(ViewerModel& model) {
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float em = ImGui::GetFontSize();
  ImGui::SetNextWindowPos(ImVec2(0.5f * display.x, 0.5f * display.y), ImGuiCond_Always, ImVec2(0.5f, 0.5f));
  ImGui::SetNextWindowSize(ImVec2(std::min(62.0f * em, 0.96f * display.x), std::min(44.0f * em, 0.92f * display.y)));
  ImGui::SetNextWindowBgAlpha(0.96f);
  if (ImGui::Begin("Keys and mouse", &model.helpOpen,
                   ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoNav) &&
      ImGui::BeginTable("columns", 2, ImGuiTableFlags_SizingStretchSame)) {
    ImGui::TableNextColumn();
    drawKeys();
    ImGui::TableNextColumn();
    drawGestures(MousePlace::volume, "Mouse on the 3-D picture");
    drawGestures(MousePlace::slice, "Mouse on a slice");
    drawGestures(MousePlace::oblique, "Mouse on an oblique slice");
    ImGui::Spacing();
    ImGui::TextWrapped(
        "Shift makes steps, zoom and turns ten times faster, Ctrl ten times slower. "
        "A file that is dropped on the window is opened.");
    ImGui::EndTable();
  }
  ImGui::End();
}

}  // namespace volary
