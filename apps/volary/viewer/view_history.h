#pragma once

#include "scene/view.h"

#include <optional>
#include <string>
#include <vector>

namespace volary {

/// The views that the user can go back to.
///
/// Changes of one kind that follow each other within kMergeSeconds (the steps of a drag, of a wheel) are one entry.
/// Invariant: a new change forgets what had been undone.
class ViewHistory {
 public:
  /// Remembers `before`, the view as it was until a change of this kind at time `nowSeconds`.
  void note(const View& before, const std::string& kind, double nowSeconds);

  /// The view to return to; redo() then gives back `current`. Nothing if there is none.
  std::optional<View> undo(const View& current);
  std::optional<View> redo(const View& current);

  /// Forgets everything: another dataset was opened.
  void clear();

  static constexpr double kMergeSeconds = 0.7;
  static constexpr std::size_t kMaxEntries = 200;  // a view is some hundred bytes

 private:
  std::vector<View> undo_;
  std::vector<View> redo_;
  std::string lastKind_;
  double lastSeconds_ = 0.0;
};

}  // namespace volary
