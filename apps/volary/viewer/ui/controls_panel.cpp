#include "pyramid/peaks.h"
#include "scene/view_names.h"
#include "viewer/commands.h"
#include "viewer/ui/choice.h"
#include "viewer/ui/frame_text.h"
#include "viewer/ui/panels.h"

#include <imgui.h>

#include <algorithm>
#include <string>

namespace volary {

namespace {

constexpr float kWidthEm = 21.0f;  // in heights of a letter

// Each change has the widget's name as its kind, so that all moves of a slider are undone as one.
class Edits {
 public:
  Edits(ViewEditor& editor, double now) : editor_(editor), now_(now) {}

  template <typename Change>
  void operator()(const char* kind, Change&& change) {
    editor_.edit(kind, now_, std::forward<Change>(change));
  }

 private:
  ViewEditor& editor_;
  double now_;
};

void drawTime(Edits& edit, const View& view, const Dataset& dataset) {
  if (dataset.timepoints.size() > 1) {
    int index = findTimepointIndex(dataset, view.timepoint);
    const int last = static_cast<int>(dataset.timepoints.size()) - 1;
    const FrameText label = frameText("{} of {}", view.timepoint, dataset.timepoints.back());
    if (ImGui::SliderInt("Time", &index, 0, last, label.c_str(), ImGuiSliderFlags_AlwaysClamp))
      edit("time", [&](View& v) { v.timepoint = dataset.timepoints[static_cast<std::size_t>(index)]; });
  }
}

void drawMode(Edits& edit, const View& view) {
  if (!ImGui::BeginCombo("Mode", infoOf(view.mode).label.data())) return;
  for (const RenderModeInfo& info : kRenderModes) {
    if (ImGui::Selectable(info.label.data(), view.mode == info.mode) && view.mode != info.mode)
      edit("mode", [&](View& v) { v.mode = info.mode; });
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", info.text.data());
  }
  ImGui::EndCombo();
}

/// How thick slices are, and what they show of that thickness.
void drawSlab(Edits& edit, const View& view, const SceneGeometry& geometry) {
  if (view.layout == Layout::volume && view.slices.planes.empty()) return;
  auto thickness = static_cast<float>(view.slices.thicknessWorld);
  const auto most = static_cast<float>(0.5 * glm::length(geometry.worldBox.extent()));
  if (ImGui::SliderFloat("Thickness", &thickness, 0.0f, most, thickness > 0.0f ? "%.3g" : "one plane",
                         ImGuiSliderFlags_Logarithmic | ImGuiSliderFlags_AlwaysClamp))
    edit("thickness", [&](View& v) { v.slices.thicknessWorld = thickness; });
  if (view.slices.thicknessWorld == 0.0) return;
  drawChoice(view.slices.slab, {Slab::maximum, Slab::minimum, Slab::average},
             [&](Slab slab) { edit("slab", [=](View& v) { v.slices.slab = slab; }); });
}

/// The contrast of the current setup.
void drawContrast(Edits& edit, ViewerModel& model, int setup, const ValueRange& range, VoxelType type) {
  const auto state = [&](const char* kind, const ValueRange& stated) {
    const SetupRange one{.setup = setup, .range = stated};
    edit(kind, [&](View& v) { writeRanges(v, {&one, 1}); });
  };
  const double natural = naturalRange(type).max - naturalRange(type).min;
  const double width = std::abs(range.max - range.min);
  const auto speed = static_cast<float>(std::max(0.005 * width, isInteger(type) ? 0.05 : 1e-6 * natural));
  const char* format = isInteger(type) ? "%.0f" : "%.5g";
  double low = range.min, high = range.max;
  const float itemWidth = ImGui::CalcItemWidth() * 0.5f - ImGui::GetStyle().ItemInnerSpacing.x * 0.5f;
  ImGui::SetNextItemWidth(itemWidth);
  bool changed = ImGui::DragScalar("##low", ImGuiDataType_Double, &low, speed, nullptr, nullptr, format);
  ImGui::SameLine(0.0f, ImGui::GetStyle().ItemInnerSpacing.x);
  ImGui::SetNextItemWidth(itemWidth);
  changed |= ImGui::DragScalar("Contrast", ImGuiDataType_Double, &high, speed, nullptr, nullptr, format);
  // Equal ends have no contrast at all; low above high shows the negative.
  if (changed && low != high) state("contrast", {low, high});
  if (ImGui::Button("Auto")) model.requests.push_back(ViewerCommand::autoContrast);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("What suits the voxels on screen, in this mode");
  ImGui::SameLine();
  if (ImGui::Button("Invert")) state("invert", {range.max, range.min});
  ImGui::SameLine();
  if (ImGui::Button("Full range")) state("full range", naturalRange(type));
}

void drawQuality(Edits& edit, const View& view, int levels) {
  auto pixels = static_cast<float>(view.pixelsPerVoxel);
  if (ImGui::SliderFloat("Voxel size", &pixels, 0.5f, 8.0f, "up to %.1f px",
                         ImGuiSliderFlags_Logarithmic | ImGuiSliderFlags_AlwaysClamp))
    edit("quality", [&](View& v) { v.pixelsPerVoxel = pixels; });
  const FrameText current = view.pinnedLevel ? frameText("only level {}", *view.pinnedLevel) : "as the screen asks";
  if (ImGui::BeginCombo("Level", current.c_str())) {
    if (ImGui::Selectable("as the screen asks", !view.pinnedLevel))
      edit("level", [](View& v) { v.pinnedLevel.reset(); });
    for (int level = 0; level < levels; ++level)
      if (ImGui::Selectable(frameText("only level {}", level).c_str(), view.pinnedLevel == level))
        edit("level", [&](View& v) { v.pinnedLevel = level; });
    ImGui::EndCombo();
  }
}

void drawOpacity(Edits& edit, const View& view) {
  auto opacity = static_cast<float>(view.transfer.points.back().colour.a);
  if (ImGui::SliderFloat("Opacity", &opacity, 0.005f, 1.0f, "%.3f",
                         ImGuiSliderFlags_Logarithmic | ImGuiSliderFlags_AlwaysClamp))
    edit("opacity", [&](View& v) { v.transfer = withMaxOpacity(v.transfer, opacity); });
  if (!ImGui::BeginCombo("Colours", "choose")) return;
  if (ImGui::Selectable("Grey")) edit("colours", [&](View& v) { v.transfer = makeGreyRamp(opacity); });
  for (const ColourMap& map : colourMaps())
    if (ImGui::Selectable(map.label.data()))
      edit("colours", [&](View& v) { v.transfer = makeColourRamp(map, opacity); });
  ImGui::EndCombo();
}

void drawIsoValue(Edits& edit, const View& view, const ValueRange& range, VoxelType type) {
  double iso = view.isoValue.value_or(0.5 * (range.min + range.max));
  const double low = std::min(range.min, range.max), high = std::max(range.min, range.max);
  if (ImGui::SliderScalar("Iso value", ImGuiDataType_Double, &iso, &low, &high, isInteger(type) ? "%.1f" : "%.5g"))
    edit("iso", [&](View& v) { v.isoValue = iso; });
}

void drawModeSettings(Edits& edit, const View& view, const ValueRange& range, VoxelType type) {
  const RenderModeInfo& mode = infoOf(view.mode);
  if (mode.hasIsoValue) drawIsoValue(edit, view, range, type);
  if (mode.hasPeaks) {
    int peaks = view.peakLevels;
    const char* format = peaks == 0 ? "as stored" : "%d levels finer";
    if (ImGui::SliderInt("Peaks", &peaks, 0, kMostPeakLevels, format, ImGuiSliderFlags_AlwaysClamp))
      edit("peaks", [&](View& v) { v.peakLevels = peaks; });
    if (ImGui::IsItemHovered())
      ImGui::SetTooltip(
          "Coarse levels show the greatest of finer voxels, so that thin structures keep their brightness");
  }
  if (mode.hasAttenuation) {
    auto attenuation = static_cast<float>(view.attenuation);
    if (ImGui::SliderFloat("Attenuation", &attenuation, 0.001f, 1.0f, "%.3f",
                           ImGuiSliderFlags_Logarithmic | ImGuiSliderFlags_AlwaysClamp))
      edit("attenuation", [&](View& v) { v.attenuation = attenuation; });
  }
  if (mode.integrates) {
    int jitter = view.jitter;
    if (ImGui::SliderInt("Jitter", &jitter, 1, 64, jitter == 1 ? "off" : "mean of %d", ImGuiSliderFlags_AlwaysClamp))
      edit("jitter", [&](View& v) { v.jitter = jitter; });
    if (ImGui::IsItemHovered())
      ImGui::SetTooltip(
          "While all is still, pictures whose samples lie elsewhere on the rays are drawn, and their mean is shown");
  }
  if (!mode.composites) return;
  drawOpacity(edit, view);
  bool lighting = view.lighting == Lighting::on;
  if (ImGui::Checkbox("Lighting", &lighting))
    edit("lighting", [&](View& v) { v.lighting = lighting ? Lighting::on : Lighting::off; });
}

void drawButtons(ViewerModel& model) {
  const std::pair<const char*, ViewerCommand> buttons[] = {{"Whole image", ViewerCommand::resetView},
                                                           {"Undo", ViewerCommand::undo},
                                                           {"Redo", ViewerCommand::redo},
                                                           {"Screenshot", ViewerCommand::screenshot},
                                                           {"Help", ViewerCommand::toggleHelp}};
  const float right = ImGui::GetWindowPos().x + ImGui::GetWindowContentRegionMax().x;
  bool first = true;
  for (const auto& [label, command] : buttons) {
    const float width = ImGui::CalcTextSize(label).x + 2.0f * ImGui::GetStyle().FramePadding.x;
    if (!first && ImGui::GetItemRectMax().x + ImGui::GetStyle().ItemSpacing.x + width < right) ImGui::SameLine();
    first = false;
    if (ImGui::Button(label)) model.requests.push_back(command);
  }
}

}  // namespace

void drawControlsPanel(ViewerModel& model, Session& session, double nowSeconds) {
  const float em = ImGui::GetFontSize();
  ImGui::SetNextWindowPos(ImVec2(0.7f * em, 0.7f * em), ImGuiCond_FirstUseEver);
  ImGui::SetNextWindowSizeConstraints(ImVec2(kWidthEm * em, 0.0f), ImVec2(kWidthEm * em, 100.0f * em));
  if (!ImGui::Begin("View", nullptr, ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoNav)) return ImGui::End();
  ImGui::PushItemWidth(kWidthEm * em * 0.62f);

  const View& view = model.drawnView;
  const Dataset& dataset = session.dataset();
  const ImageId image = session.imageOf(view);
  Edits edit(model.editor, nowSeconds);

  ImGui::TextUnformatted(nameOf(dataset).c_str());
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s (%s)", session.location().c_str(), dataset.format.c_str());
  drawSetups(model, dataset, nowSeconds);
  drawTime(edit, view, dataset);
  ImGui::Separator();
  drawChoice(view.layout, {Layout::volume, Layout::slices, Layout::oblique},
             [&](Layout layout) { edit("layout", [=](View& v) { v.layout = layout; }); });
  drawSlab(edit, view, model.scene.geometry);
  drawMode(edit, view);
  drawChoice(view.interpolation, {Interpolation::trilinear, Interpolation::nearest},
             [&](Interpolation kind) { edit("interpolation", [=](View& v) { v.interpolation = kind; }); });
  drawChoice(view.camera.projection, {Projection::perspective, Projection::orthographic}, [&](Projection projection) {
    edit("projection", [=](View& v) { v.camera = withProjection(v.camera, projection); });
  });

  ImGui::Separator();
  if (session.isPresent(image)) {
    const ImagePyramid& pyramid = session.pyramid(image);
    const Setup& setup = dataset.setups[static_cast<std::size_t>(image.setup)];
    const ValueRange range =
        model.drawnRange(setup.id).value_or(statedRange(view, setup.id).value_or(naturalRange(pyramid.voxelType)));
    drawContrast(edit, model, setup.id, range, pyramid.voxelType);
    drawModeSettings(edit, view, range, pyramid.voxelType);
    ImGui::Separator();
    drawQuality(edit, view, pyramid.lastingLevels());
  } else {
    ImGui::TextUnformatted("This image is missing in the file.");
  }
  bool box = view.showBox;
  for (const Overlay overlay : {Overlay::residency, Overlay::resolution}) {
    bool on = view.overlay == overlay;
    if (ImGui::Checkbox(nameOf(overlay).label.data(), &on))
      edit("overlay", [&](View& v) { v.overlay = on ? overlay : Overlay::none; });
    ImGui::SameLine();
  }
  if (ImGui::Checkbox("Box", &box)) edit("box", [&](View& v) { v.showBox = box; });
  const Box3 world = session.sceneBox().value_or(model.scene.geometry.worldBox);
  drawClip(model, world, nowSeconds);
  drawShownPlanes(model, world, nowSeconds);
  drawButtons(model);
  ImGui::PopItemWidth();
  ImGui::End();
}

}  // namespace volary
