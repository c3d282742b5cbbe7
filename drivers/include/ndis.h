/* What an Ethernet miniport sees of NDIS, 6.20 to 6.87 or 5.1 as its version macro says: our own declarations for x64. */
#pragma once

#include <ntddk.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "ndis/version.h"
#include "ndis/base.h"
#include "ndis/status.h"
#include "ndis/error-codes.h"
#include "ndis/oids.h"
#include "ndis/enums.h"
#include "ndis/registers.h"
#include "ndis/locks.h"
#include "ndis/configuration.h"

#if NDIS_MINIPORT_MAJOR_VERSION >= 6
#include "ndis/objects.h"
#include "ndis/net-buffer.h"
#include "ndis/information.h"
#include "ndis/offload.h"
#include "ndis/receive-scaling.h"
#include "ndis/handlers.h"
#include "ndis/miniport.h"
#include "ndis/functions.h"
#include "ndis/selective-suspend.h"
#include "ndis/msix.h"
#include "ndis/protocol.h"
#include "ndis/filter.h"
#if NDIS_SUPPORT_NDIS685
#include "ndis/poll.h"
#endif
#else
#include "ndis/packet.h"
#include "ndis/miniport-block.h"
#include "ndis/miniport5.h"
#include "ndis/functions5.h"
#endif
#include "ndis/functions-shared.h"

#ifdef __cplusplus
}
#endif
