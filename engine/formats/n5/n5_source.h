#pragma once

#include "formats/shared/candidate.h"
#include "pyramid/source.h"
#include "storage/location.h"

#include <memory>

namespace volary {

/// Whether it is a folder of an N5 container, or lies in one.
bool looksLikeN5(const Candidate& candidate);

/// Opens an N5 image or dataset, or the channels "c0", "c1" ... of n5-viewer, by its folder or anything inside of it.
/// Reads metadata only. Throws Error, one sentence with the folder's name.
std::unique_ptr<Source> openN5(const Location& picked);

}  // namespace volary
