#include "base/error.h"

#include <system_error>

namespace volary {

std::string systemErrorText(int errorNumber) { return std::generic_category().message(errorNumber); }

}  // namespace volary
