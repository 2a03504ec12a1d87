#pragma once

#include "storage/location.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// JSON from strangers. Functions that take a value throw Error without the file's name; see nameInErrors.
namespace volary::arrays {

using Json = nlohmann::json;

/// Parses a JSON text, as tolerant as writers are careless: comments are ignored, NaN and Infinity (which Python
/// writes) become null. Throws Error for anything else that is not JSON, and for nesting that no sound file has.
Json parseJson(std::string_view text);

/// The content of a JSON file; nothing if there is no such file. Throws Error, "FILE: cause", if it can't be read or is
/// absurdly large.
std::optional<Json> findJsonFile(const Location& file);

/// The member of an object; null if `value` is no object, has no such member, or the member is null.
const Json* findMember(const Json& value, std::string_view key);

/// The text of a member; nothing if it is absent or no string.
std::optional<std::string> findText(const Json& value, std::string_view key);

/// The numbers of an array; nothing if `value` is null or anything but an array of finite numbers.
std::optional<std::vector<double>> findNumbers(const Json* value);

/// The member `key`: an array of integers in [min, max]. Throws Error if it is not.
std::vector<std::int64_t> readIntegers(const Json& value, std::string_view key, std::int64_t min, std::int64_t max);

}  // namespace volary::arrays
