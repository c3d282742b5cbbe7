/* Holds our declarations of NDIS 6.85 to the x64 layouts of WDK 10.0.22621; compiled, never linked. */
#define NDIS685_MINIPORT
#include <ndis.h>

#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), "size of " #type)
#define OFFSET(type, field, bytes) _Static_assert(offsetof(type, field) == (bytes), "offset of " #type "." #field)

SIZE(NDIS_MINIPORT_SS_CHARACTERISTICS, 24);
SIZE(NDIS_POLL_CHARACTERISTICS, 24);
SIZE(NDIS_POLL_DATA, 152);
SIZE(NDIS_POLL_NOTIFICATION, 6);
SIZE(NDIS_POLL_RECEIVE_DATA, 72);
SIZE(NDIS_POLL_TRANSMIT_DATA, 72);
OFFSET(NDIS_POLL_DATA, Transmit, 8);
OFFSET(NDIS_POLL_DATA, Receive, 80);
OFFSET(NDIS_POLL_RECEIVE_DATA, IndicatedNblChain, 16);
OFFSET(NDIS_POLL_RECEIVE_DATA, NumberOfRemainingNbls, 28);
OFFSET(NDIS_POLL_TRANSMIT_DATA, SendCompleteFlags, 32);
OFFSET(NDIS_POLL_CHARACTERISTICS, PollHandler, 16);
