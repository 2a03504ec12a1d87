#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace volary {

/// What the window tells the user: notes that go away by themselves, errors that stay until they are closed.
class Messages {
 public:
  enum class Kind { note, error };
  struct Message {
    Kind kind = Kind::note;
    std::string text;
    double endSeconds = 0.0;
  };

  void addNote(std::string text, double nowSeconds) {
    constexpr double kNoteSeconds = 5.0;
    add({Kind::note, std::move(text), nowSeconds + kNoteSeconds});
  }
  void addError(std::string text) { add({Kind::error, std::move(text), 0.0}); }

  void dropEnded(double nowSeconds) {
    std::erase_if(messages_, [&](const Message& m) { return m.kind == Kind::note && m.endSeconds <= nowSeconds; });
  }
  void clear() { messages_.clear(); }
  void remove(std::size_t index) { messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(index)); }
  const std::vector<Message>& all() const { return messages_; }

 private:
  void add(Message message) {
    constexpr std::size_t kMost = 5;  // the oldest ones make room
    if (messages_.size() == kMost) messages_.erase(messages_.begin());
    messages_.push_back(std::move(message));
  }

  std::vector<Message> messages_;
};

}  // namespace volary
