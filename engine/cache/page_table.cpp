#include "cache/page_table.h"
