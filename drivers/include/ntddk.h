/* The same declarations under the name older and non-PnP drivers include. */
#pragma once

#include "wdm.h"
#ifdef __cplusplus
extern "C" {
#endif
#include "km/hal.h"
#ifdef __cplusplus
}
#endif
