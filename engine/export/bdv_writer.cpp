#include "export/bdv_writer.h"

#include "base/error.h"
#include "export/convert.h"

namespace volary {

void writeBdvDataset(Source& source, const std::filesystem::path& xml, const BdvWriteOptions& options) {
  if (xml.extension() != ".xml") fail("{}: the name of a BigDataViewer dataset must end in .xml", xml.string());
  ConvertOptions convert{.factors = options.factors,
                         .chunks = {options.chunkVoxels},
                         .threads = options.threads,
                         .ifExists = options.ifExists,
                         .checkDisk = false};
  if (options.progress)
    convert.progress = [&](const ConvertProgress& progress) {
      options.progress(static_cast<double>(progress.doneBytes) / static_cast<double>(progress.totalBytes));
    };
  convertDataset(source, xml, convert);
}

}  // namespace volary
