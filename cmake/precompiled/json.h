#pragma once

#include "engine.h"

#include <nlohmann/json.hpp>
