/* The same declarations under the name older and non-PnP drivers include. */
#pragma once

#include "wdm.h"
#include "km/hal.h"
