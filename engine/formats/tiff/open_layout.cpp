#include "formats/tiff/open_layout.h"

#include "base/bytes.h"
#include "base/error.h"
#include "formats/tiff/imagej.h"
#include "formats/tiff/lsm.h"
#include "formats/tiff/ome_layout.h"
#include "formats/tiff/page_list.h"
#include "formats/tiff/stack.h"
#include "formats/tiff/stk.h"

#include <fstream>
#include <iterator>
#include <optional>

namespace volary::tiff {

namespace {

constexpr std::uint64_t kMaxXmlBytes = 256 * kMiB;

OmeXml parse(std::string_view text, const Location& file) {
  try {
    return parseOmeXml(text);
  } catch (const Error& error) {
    fail("{}: {}", file.text(), error.what());
  }
}

std::string readXmlFile(const Location& file) {
  const std::shared_ptr<const ByteFile> opened = file.open();
  if (opened->sizeBytes() > kMaxXmlBytes)
    fail("{}: an XML of {} is absurd", file.text(), formatBytes(opened->sizeBytes()));
  std::string text(opened->sizeBytes(), '\0');
  nameInErrors(file, [&] { opened->readAt(0, std::as_writable_bytes(std::span(text))); });
  return text;
}

Layout readCompanion(const Location& file, const Location& opened) {
  Layout layout = makeOmeLayout(parse(readXmlFile(file), file), file, opened);
  layout.companion = file;
  return layout;
}

/// A page with several samples holds as many channels, even if the XML counts each channel by itself.
void adoptSamples(OmeXml& xml, const PageFormat& format) {
  if (format.samples == 1) return;
  for (OmeImage& image : xml.images) {
    const bool areStated = !image.channels.empty() && image.channels.front().samples > 1;
    if (areStated || image.sizeC % format.samples != 0 || image.sizeC > kMaxChannels || image.sizeX != format.width ||
        image.sizeY != format.height)
      continue;
    image.channels.assign(static_cast<std::size_t>(image.sizeC / format.samples),
                          {.name = "", .samples = format.samples});
  }
}

/// The layout by OME-XML; nothing, and a warning, if the XML is not about this file's pages.
std::optional<Layout> findOmeLayout(PageList& pages, std::string_view text, std::vector<std::string>& warnings) {
  const Location& file = pages.file().location();
  const PageFormat& format = *pages.page(0).format;
  OmeXml xml = parse(text, file);
  if (!xml.metadataFile.empty()) {
    if (!isPlainName(xml.metadataFile))
      fail("{}: its metadata are said to be in the file \"{}\", which is not beside it", file.text(), xml.metadataFile);
    if (const Location companion = file.parent() / xml.metadataFile; companion.isFile())
      return readCompanion(companion, file);
    warnings.push_back(fmt::format("its metadata are in the file \"{}\", which is not there", xml.metadataFile));
    return std::nullopt;
  }
  if (!xml.images.empty()) {
    // The file was cropped or changed by a program that copies what it does not understand.
    const OmeImage& first = xml.images.front();
    if (first.sizeX != format.width || first.sizeY != format.height) {
      warnings.push_back(fmt::format("its OME-XML is ignored: it says {} x {} pixels, the first page has {} x {}",
                                     first.sizeX, first.sizeY, format.width, format.height));
      return std::nullopt;
    }
  }
  adoptSamples(xml, format);
  return makeOmeLayout(xml, file, file);
}

}  // namespace

Layout readLayout(const Location& file) {
  PageList pages(file);
  if (pages.file().firstDirectory() == 0) fail("{}: there is no page in this TIFF file", file.text());
  const std::string description =
      findText(pages.file(), pages.firstDirectory(), kImageDescription).value_or(std::string{});
  std::vector<std::string> warnings;
  if (looksLikeOmeXml(description))
    if (std::optional<Layout> layout = findOmeLayout(pages, description, warnings)) return std::move(*layout);
  requireSupported(pages.file(), *pages.page(0).format);
  Layout layout = [&] {
    if (const auto lsm = findLsmInfo(pages.file(), pages.firstDirectory())) return makeLsmLayout(pages, *lsm);
    if (const auto stk = findStkInfo(pages.file(), pages.firstDirectory())) return makeStkLayout(pages, *stk);
    if (const auto imagej = findImageJDescription(description)) return makeImageJLayout(pages, *imagej);
    return makeStackLayout(pages);
  }();
  layout.warnings.insert(layout.warnings.begin(), warnings.begin(), warnings.end());
  return layout;
}

Layout readCompanionLayout(const Location& file) { return readCompanion(file, file); }

}  // namespace volary::tiff
