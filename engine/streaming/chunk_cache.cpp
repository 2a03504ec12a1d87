#include "streaming/chunk_cache.h"
