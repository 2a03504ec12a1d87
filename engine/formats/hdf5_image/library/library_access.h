#pragma once

#include "hdf5_library/hdf5_library.h"

/// How the library opens the objects of a stranger's file. Under the lock.
namespace volary {

/// Access properties with which the library refuses to follow a link into another file, wherever it meets one: what a
/// stranger's file names is opened only by our own rules (regular files; moved ones are found beside it).
hid_t hdf5LinkAccess();
hid_t hdf5DatasetAccess();

/// Opens a file for reading, without file locks; negative if that fails.
hid_t openHdf5(const char* path);

}  // namespace volary
