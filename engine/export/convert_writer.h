#pragma once

#include "build/block_runner.h"
#include "export/convert_folder.h"
#include "export/convert_plan.h"

#include <memory>
#include <string>
#include <vector>

namespace volary {

/// The objects that a writer works with; all outlive it.
struct ConvertContext {
  const ConvertPlan& plan;
  const ConvertOptions& options;
  ConvertFolder& folder;
  SourceBoxReader& reader;
  BlockRunOptions run;
  std::filesystem::path out;

  ConvertWorker worker() const { return options.worker.value_or(ConvertWorker{}); }
};

/// One output format. The folder's data/ gets all files.
class ConvertWriter {
 public:
  virtual ~ConvertWriter() = default;

  /// Makes this worker's share of what can be made independently, without what is done already.
  virtual void makeShare() = 0;
  /// True if the shares of all workers are done.
  virtual bool allSharesDone() const = 0;
  /// Bytes of level 0 in what is done.
  virtual std::uint64_t doneBytes() const = 0;
  /// Makes what needs all shares; after that data/ holds the complete output.
  virtual void finish() = 0;
  /// The names in data/, in the order in which they are to be moved: the last one makes the output look whole.
  virtual std::vector<std::string> names() const = 0;
  /// The one of names() that a reader opens.
  virtual std::string mainName() const = 0;
};

std::unique_ptr<ConvertWriter> makeBdvConvertWriter(const ConvertContext& context);
std::unique_ptr<ConvertWriter> makeZarrConvertWriter(const ConvertContext& context);

/// Bytes of level 0 in a block of the first stage.
std::uint64_t levelZeroBytes(const PyramidJob& job, std::int64_t block);

}  // namespace volary
