#include "viewer/view_history.h"

namespace volary {

void ViewHistory::note(const View& before, const std::string& kind, double nowSeconds) {
  const bool merged = kind == lastKind_ && nowSeconds - lastSeconds_ < kMergeSeconds && !undo_.empty();
  lastKind_ = kind;
  lastSeconds_ = nowSeconds;
  redo_.clear();
  if (merged) return;
  if (undo_.size() == kMaxEntries) undo_.erase(undo_.begin());
  undo_.push_back(before);
}

std::optional<View> ViewHistory::undo(const View& current) {
  if (undo_.empty()) return std::nullopt;
  View view = std::move(undo_.back());
  undo_.pop_back();
  redo_.push_back(current);
  lastKind_.clear();
  return view;
}

std::optional<View> ViewHistory::redo(const View& current) {
  if (redo_.empty()) return std::nullopt;
  View view = std::move(redo_.back());
  redo_.pop_back();
  undo_.push_back(current);
  lastKind_.clear();
  return view;
}

void ViewHistory::clear() {
  undo_.clear();
  redo_.clear();
  lastKind_.clear();
}

}  // namespace volary
