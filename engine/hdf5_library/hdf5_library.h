#pragma once

#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>

/// What all code that calls the HDF5 C library shares, and the only place that includes it: the lock, the owned
/// identifier, the library's words.
namespace volary {

/// Held while the library is called. The library also has a lock, where it is built thread-safe; it must not be needed.
class Hdf5Lock {
 public:
  Hdf5Lock();

 private:
  std::lock_guard<std::mutex> lock_;
};

/// The innermost entry of the library's error stack: the one that names the cause. Under the lock; clears the stack.
std::string hdf5ErrorText();

/// An identifier of the library (a file, dataset, type ...), given back when this is destroyed; for use under the lock.
/// Negative = none.
class Hdf5Handle {
 public:
  explicit Hdf5Handle(hid_t id) : id_(id) {}
  ~Hdf5Handle() {
    if (id_ >= 0) H5Idec_ref(id_);
  }
  Hdf5Handle(const Hdf5Handle&) = delete;
  Hdf5Handle& operator=(const Hdf5Handle&) = delete;

  operator hid_t() const { return id_; }
  /// Leaves the identifier to the caller.
  hid_t release() { return std::exchange(id_, -1); }

 private:
  hid_t id_;
};

}  // namespace volary
