#pragma once

#include <hdf5.h>

#include <mutex>
#include <string>

/// What all code that calls the HDF5 C library shares, and the only place that includes it: the lock, the checked
/// identifier, the error text. For the other hdf5_* files of this folder alone.
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

/// An identifier of the library, given back when this is destroyed; for use under the lock. Negative = none.
class Hdf5LocalId {
 public:
  explicit Hdf5LocalId(hid_t id) : id_(id) {}
  ~Hdf5LocalId() {
    if (id_ >= 0) H5Idec_ref(id_);
  }
  Hdf5LocalId(const Hdf5LocalId&) = delete;
  Hdf5LocalId& operator=(const Hdf5LocalId&) = delete;

  operator hid_t() const { return id_; }
  /// Leaves the identifier to the caller.
  hid_t release();

 private:
  hid_t id_;
};

/// Access properties with which the library refuses to follow a link into another file, wherever it meets one: what a
/// stranger's file names is opened by our own rules only (regular files, found beside it when moved). Under the lock.
hid_t hdf5LinkAccess();
hid_t hdf5DatasetAccess();

/// Opens a file for reading, without file locks; negative if that fails. Under the lock.
hid_t openHdf5(const char* path);

}  // namespace volary
