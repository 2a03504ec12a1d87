#include "paging/wanted.h"
