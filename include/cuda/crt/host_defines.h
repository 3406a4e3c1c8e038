// An old name of host_defines.h.
#pragma once

#include "../host_defines.h"
