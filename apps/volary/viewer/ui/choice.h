#pragma once

#include "scene/view_names.h"

#include <imgui.h>

#include <initializer_list>

namespace volary {

/// Radio buttons in a row; `choose` gets the one that was pressed.
template <typename Enum, typename Choose>
void drawChoice(Enum now, std::initializer_list<Enum> choices, Choose&& choose) {
  bool first = true;
  for (const Enum value : choices) {
    if (!first) ImGui::SameLine();
    first = false;
    if (ImGui::RadioButton(nameOf(value).label.data(), now == value) && now != value) choose(value);
  }
}

}  // namespace volary
