#pragma once

#include "storage/store.h"

#include <memory>
#include <string_view>

namespace volary {

/// Whether a file that begins so is a zip archive: its first bytes are those of an entry, or of the end of an empty
/// one.
bool hasZipSignature(std::string_view head);

/// The files in a zip archive, stored or deflated, zip64 too; keys are their names. Stored ones are read in place; a
/// deflated one is inflated whole when it is opened; some of these are kept.
///
/// Reads the archive's directory, and nothing of an entry before it is asked for. `name` is the archive's, for people.
/// Throws Error if the directory can't be understood; a single entry that is encrypted, or packed in another way, is an
/// Error when it is opened. Source: PKWARE, APPNOTE.TXT 6.3.10.
std::shared_ptr<Store> openZip(std::shared_ptr<const ByteFile> archive, std::string name);

}  // namespace volary
