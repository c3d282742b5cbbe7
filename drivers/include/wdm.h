/* What a WDM driver sees of the kernel: our own declarations of the documented x64 interface. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "km/annotations.h"
#include "km/types.h"
#include "km/status.h"
#include "bugcodes.h"
#include "km/forward.h"
#include "km/enums-io.h"
#include "km/enums-kernel.h"
#include "km/constants-io.h"
#include "km/constants-device.h"
#include "km/constants-pci.h"
#include "km/constants-access.h"
#include "km/constants-system.h"
#include "km/callbacks.h"
#include "km/security.h"
#include "km/dispatcher.h"
#include "km/io-objects.h"
#include "km/resources.h"
#include "km/interrupts.h"
#include "km/dma.h"
#include "km/irp.h"
#include "km/wmi.h"
#include "km/intrinsics.h"
#include "km/lists.h"
#include "km/ke.h"
#include "km/ex.h"
#include "km/mm.h"
#include "km/io.h"
#include "km/io-inlines.h"
#include "km/pnp.h"
#include "km/objects.h"
#include "km/rtl.h"
#include "km/zw.h"

#ifdef __cplusplus
}
#endif
