#pragma once

#include "scene/view.h"
#include "viewer/view_history.h"

#include <cstdint>
#include <string>
#include <utility>

namespace volary {

/// The view that the window shows, and the only way to change it: every change can be undone.
///
/// `revision` grows with each change, so that the picture is drawn anew when, and only when, it must be.
class ViewEditor {
 public:
  const View& view() const { return view_; }
  std::uint64_t revision() const { return revision_; }

  /// Changes the view by `change(View&)`. Changes of one `kind` in quick succession are undone as one.
  template <typename Change>
  void edit(const std::string& kind, double nowSeconds, Change&& change) {
    View changed = view_;
    std::forward<Change>(change)(changed);
    history_.note(view_, kind, nowSeconds);
    view_ = std::move(changed);
    ++revision_;
  }

  /// Changes the view without an entry in the history: for changes that the user did not make.
  template <typename Change>
  void adjust(Change&& change) {
    std::forward<Change>(change)(view_);
    ++revision_;
  }

  /// False if there is nothing to undo / redo.
  bool undo() { return restore(history_.undo(view_)); }
  bool redo() { return restore(history_.redo(view_)); }

  /// Starts afresh, for another dataset.
  void reset(View view) {
    view_ = std::move(view);
    history_.clear();
    ++revision_;
  }

 private:
  bool restore(std::optional<View> view) {
    if (!view) return false;
    view_ = std::move(*view);
    ++revision_;
    return true;
  }

  View view_;
  ViewHistory history_;
  std::uint64_t revision_ = 0;
};

}  // namespace volary
