/* Poll objects of NDIS 6.85 (ndis/poll.h of WDK 10.0.22621). */
#pragma once

typedef struct _NDIS_POLL *NDIS_POLL_HANDLE;
#define NDIS_ANY_NUMBER_OF_NBLS ((ULONG)-1)

typedef struct _NDIS_POLL_RECEIVE_DATA {
  ULONG MaxNblsToIndicate;
  ULONG Reserved1[3];
  NET_BUFFER_LIST *IndicatedNblChain;
  ULONG NumberOfIndicatedNbls;
  ULONG NumberOfRemainingNbls;
  ULONG Flags;
  ULONG Reserved2;
  VOID *Reserved3[4];
} NDIS_POLL_RECEIVE_DATA;

typedef struct _NDIS_POLL_TRANSMIT_DATA {
  ULONG MaxNblsToComplete;
  ULONG Reserved1[3];
  NET_BUFFER_LIST *CompletedNblChain;
  ULONG NumberOfCompletedNbls;
  ULONG NumberOfRemainingNbls;
  ULONG SendCompleteFlags;
  ULONG Reserved2;
  VOID *Reserved3[4];
} NDIS_POLL_TRANSMIT_DATA;

typedef struct _NDIS_POLL_DATA {
  NDIS_OBJECT_HEADER Header;
  NDIS_POLL_TRANSMIT_DATA Transmit;
  NDIS_POLL_RECEIVE_DATA Receive;
} NDIS_POLL_DATA;

typedef struct _NDIS_POLL_NOTIFICATION {
  NDIS_OBJECT_HEADER Header;
  BOOLEAN Enabled;
} NDIS_POLL_NOTIFICATION;

typedef VOID NTAPI NDIS_POLL(VOID *Context, NDIS_POLL_DATA *PollData);
typedef VOID NTAPI NDIS_SET_POLL_NOTIFICATION(VOID *Context, NDIS_POLL_NOTIFICATION *Notification);

typedef struct _NDIS_POLL_CHARACTERISTICS {
  NDIS_OBJECT_HEADER Header;
  NDIS_SET_POLL_NOTIFICATION *SetPollNotificationHandler;
  NDIS_POLL *PollHandler;
} NDIS_POLL_CHARACTERISTICS;
#define NDIS_POLL_CHARACTERISTICS_REVISION_1 1
#define NDIS_SIZEOF_NDIS_POLL_CHARACTERISTICS_REVISION_1 \
  RTL_SIZEOF_THROUGH_FIELD(NDIS_POLL_CHARACTERISTICS, PollHandler)

NDISAPI NDIS_STATUS NTAPI NdisRegisterPoll(NDIS_HANDLE NdisHandle, VOID *Context,
                                           const NDIS_POLL_CHARACTERISTICS *Characteristics,
                                           NDIS_POLL_HANDLE *PollHandle);
NDISAPI VOID NTAPI NdisDeregisterPoll(NDIS_POLL_HANDLE PollHandle);
NDISAPI VOID NTAPI NdisRequestPoll(NDIS_POLL_HANDLE PollHandle, VOID *Reserved);
NDISAPI VOID NTAPI NdisSetPollAffinity(NDIS_POLL_HANDLE PollHandle, const PROCESSOR_NUMBER *PollAffinity);
