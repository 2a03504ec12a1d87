#include "viewer/ui/frame_text.h"
#include "viewer/ui/panels.h"

#include "base/bytes.h"
#include "picture/resolution_text.h"
#include "render/overlay.h"

#include <imgui.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <string_view>

namespace volary {

namespace {

constexpr float kWidthEm = 28.0f;

void text(std::string_view line) { ImGui::TextUnformatted(line.data(), line.data() + line.size()); }

ImVec4 imColour(const vec4& c) { return {c.r, c.g, c.b, c.a}; }

// A row of three numbers under "total" and "rate", say.
void row(std::string_view name, std::string_view first, std::string_view second) {
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  text(name);
  ImGui::TableNextColumn();
  text(first);
  ImGui::TableNextColumn();
  text(second);
}

FrameText rate(const RateMeter& meter) {
  return frameText("{}/s", formatBytes(static_cast<std::uint64_t>(meter.perSecond())));
}

void drawLevels(const FrameReport& report) {
  if (!ImGui::BeginTable("levels", 6, ImGuiTableFlags_SizingStretchProp | ImGuiTableFlags_RowBg)) return;
  for (const char* name : {"Level", "Wanted", "There", "Queued", "Hidden", "Failed"}) ImGui::TableSetupColumn(name);
  ImGui::TableHeadersRow();
  const auto drawCounts = [](const LevelCounts& counts) {
    for (const std::uint32_t count : {counts.wanted, counts.resident, counts.queued, counts.unreached, counts.failed}) {
      ImGui::TableNextColumn();
      text(std::to_string(count));
    }
  };
  for (std::size_t level = 0; level < report.levels.size(); ++level) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::ColorButton("##colour", imColour(levelColour(static_cast<int>(level))),
                       ImGuiColorEditFlags_NoTooltip | ImGuiColorEditFlags_NoDragDrop,
                       ImVec2(ImGui::GetFontSize() * 0.8f, ImGui::GetFontSize() * 0.8f));
    ImGui::SameLine();
    text(std::to_string(level));
    drawCounts(report.levels[level]);
  }
  if (report.peaks.wanted > 0) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    text("Peaks");
    drawCounts(report.peaks);
  }
  ImGui::EndTable();
}

// The legend of the resolution overlay, with the counts of pixels.
void drawResolution(const FrameReport& report) {
  ImGui::PushTextWrapPos(0.0f);
  text(frameText("Pixels: wanted is {}", wantedByText(report.wantedBy, report.lodBias)));
  ImGui::PopTextWrapPos();
  const PixelsByResolution pixels = report.resolution.value_or(ShownResolution{}).pixels;
  const std::uint64_t all = std::accumulate(pixels.begin(), pixels.end(), std::uint64_t{0});
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const vec4 colour =
        i == 0 ? vec4(0.5f, 0.5f, 0.5f, 1.0f) : vec4(shared::resolutionTint(static_cast<std::uint32_t>(i)), 1.0f);
    ImGui::ColorButton(frameText("##resolution{}", i).c_str(), imColour(colour),
                       ImGuiColorEditFlags_NoTooltip | ImGuiColorEditFlags_NoDragDrop,
                       ImVec2(ImGui::GetFontSize() * 0.8f, ImGui::GetFontSize() * 0.8f));
    ImGui::SameLine();
    text(resolutionLabel(i));
    if (all == 0) continue;
    ImGui::SameLine(0.0f, 0.0f);
    text(frameText(": {:.1f} %", 100.0 * double(pixels[i]) / double(all)));
  }
}

void drawTraffic(const ViewerModel& model) {
  if (!ImGui::BeginTable("traffic", 3, ImGuiTableFlags_SizingStretchProp)) return;
  const FrameReport& report = model.report;
  row("Read", formatBytes(report.loader.bytesRead), rate(model.figures.read));
  row("Read for view", formatBytes(report.bytesReadForView), frameText("{} needed", formatBytes(report.bytesNeeded)));
  row("Decoded", formatBytes(report.loader.bytesDecoded), rate(model.figures.decoded));
  row("Uploaded", formatBytes(report.bytesUploaded), rate(model.figures.uploaded));
  const AheadCounts& ahead = report.ahead;
  row("Loaded ahead", frameText("{} bricks, {} there", ahead.loaded, ahead.resident),
      frameText("{} used, {} wasted", ahead.used, ahead.wasted));
  row("Given up", frameText("{} bricks", report.loader.bricksDropped), "");
  const LoaderStats& loader = report.loader;
  row("Chunk cache", formatBytes(loader.hostCacheBytes), frameText("{} hits", loader.chunkHits));
  row("Undecoded", formatBytes(loader.storedBytes), frameText("at most {}", formatBytes(loader.storedPeakBytes)));
  row("Bricks", frameText("{} made", loader.bricksFinished),
      frameText("{} in hand, {} threads", loader.inFlight + loader.finished, loader.threads));
  const HostMemory& memory = report.hostMemory;
  row("Held in all", formatBytes(memory.bytes),
      frameText("peak {} of {}", formatBytes(memory.peakBytes), formatBytes(memory.boundBytes)));
  ImGui::EndTable();
}

FrameText listPasses(const std::map<std::string, double>& gpuMs) {
  FrameText list = "GPU, ms:";
  for (const auto& [pass, ms] : gpuMs) list += frameText(" {} {:.1f} ", pass, ms);
  return gpuMs.empty() ? list + " unknown" : list;
}

// What loading may use. Changes hold from the next frame on.
void drawLoaderSettings(LoaderSettings& settings) {
  constexpr int kMostThreads = 64;
  constexpr int kMostMib = 1 << 17;
  ImGui::PushItemWidth(0.5f * kWidthEm * ImGui::GetFontSize());
  ImGui::SliderInt("Threads", &settings.threads, 0, kMostThreads, settings.threads == 0 ? "one a core" : "%d",
                   ImGuiSliderFlags_AlwaysClamp);
  auto mib = static_cast<int>(std::min<std::uint64_t>(settings.hostCacheBytes / kMiB, kMostMib));
  if (ImGui::SliderInt("Chunk cache", &mib, 0, kMostMib, "%d MiB",
                       ImGuiSliderFlags_Logarithmic | ImGuiSliderFlags_AlwaysClamp))
    settings.hostCacheBytes = static_cast<std::uint64_t>(mib) * kMiB;
  ImGui::PopItemWidth();
}

void drawFailures(ViewerModel& model) {
  if (model.brickErrorCount == 0) return;
  ImGui::Separator();
  ImGui::TextColored(ImVec4(1.0f, 0.4f, 0.35f, 1.0f), "%llu bricks failed",
                     static_cast<unsigned long long>(model.brickErrorCount));
  ImGui::SameLine();
  if (ImGui::SmallButton("Try again")) model.requests.push_back(ViewerCommand::retryFailed);
  const float height = 5.5f * ImGui::GetTextLineHeightWithSpacing();
  ImGui::BeginChild("failures", ImVec2(0.0f, height), true);
  for (const std::string& error : model.brickErrors) ImGui::TextWrapped("%s", error.c_str());
  ImGui::EndChild();
}

}  // namespace

void drawResidencyPanel(ViewerModel& model, const Session& session) {
  const float em = ImGui::GetFontSize();
  const float right = ImGui::GetIO().DisplaySize.x - 0.7f * em;
  ImGui::SetNextWindowPos(ImVec2(right, 0.7f * em), ImGuiCond_Always, ImVec2(1.0f, 0.0f));
  ImGui::SetNextWindowSizeConstraints(ImVec2(kWidthEm * em, 0.0f), ImVec2(kWidthEm * em, 100.0f * em));
  if (!ImGui::Begin("Residency", nullptr, ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoNav))
    return ImGui::End();

  const FrameReport& report = model.report;
  const std::uint32_t failed = model.bricksFailed();
  const FrameText progress = !report.converged
                                 ? frameText("{:.0f} % of the wanted bricks", 100.0 * report.fractionComplete)
                             : !report.cacheHoldsAll ? "as much as the page cache holds"
                             : failed > 0            ? frameText("complete but for {} failed bricks", failed)
                                                     : "complete";
  ImGui::ProgressBar(report.converged ? 1.0f : static_cast<float>(report.fractionComplete), ImVec2(-1.0f, 0.0f),
                     progress.c_str());
  text(frameText("Page cache: {} of {} slots, {}", report.slotsUsed, report.slots, formatBytes(report.pageCacheBytes)));
  text(frameText("{} free, {} hits, {} misses, {} evicted", report.slots - report.slotsUsed, report.pageHits,
                 report.pageMisses, report.evictions));
  if (!report.cacheHoldsAll) text("The picture needs more than that: it lacks what is not in its middle");
  if (report.lodBias > 0.0) text(frameText("The cache is full: detail lowered by 2^{:.2f}", report.lodBias));
  if (model.editor.view().overlay == Overlay::resolution) drawResolution(report);
  drawLevels(report);
  drawTraffic(model);
  ImGui::Checkbox("Load ahead", &model.prefetch);
  drawLoaderSettings(model.loader);
  ImGui::Separator();
  const Percentiles times = model.figures.frameTimes.percentiles();
  text(frameText("Frame: {:.1f} / {:.1f} / {:.1f} ms (p50 / p95 / p99)", times.p50, times.p95, times.p99));
  text(listPasses(report.gpuMs));
  text(report.transferQueue ? "Uploads: by a transfer queue, beside the frames" : "Uploads: with the frames");
  text(frameText("Memory: {}   Dataset: {}", formatBytes(model.figures.processBytes), session.size()));
  drawFailures(model);
  ImGui::End();
}

}  // namespace volary
