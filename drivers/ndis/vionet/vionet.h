/* One adapter of this miniport. Handlers are static members; NDIS's context is the adapter. */
#pragma once

#define NDIS630_MINIPORT
#include <ndis.h>

#define VIONET_PAIRS 4 /* receive and transmit queues that are used at most */
#define VIONET_QUEUES (2 * VIONET_PAIRS + 1)
#define VIONET_MULTICASTS 32
#define VIONET_HANG_SECONDS 2
#define VIONET_FILTERS                                                                           \
  (NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST | NDIS_PACKET_TYPE_ALL_MULTICAST |     \
   NDIS_PACKET_TYPE_BROADCAST | NDIS_PACKET_TYPE_PROMISCUOUS)

#include "trace.h"
#include "memory.h"
#include "virtio.h"
#include "configuration.h"
#include "device.h"
#include "queue.h"
#include "offload.h"
#include "scaling.h"
#include "receive.h"
#include "transmit.h"
#include "control.h"

enum ADAPTER_STATE {
  Paused,
  Running,
  Pausing,
};

class Adapter {
public:
  PAGE_CODE ~Adapter();

  /* adapter.cpp */
  PAGE_CODE static MINIPORT_INITIALIZE InitializeEx;
  PAGE_CODE static MINIPORT_HALT HaltEx;

  /* state.cpp */
  static MINIPORT_PAUSE Pause;
  static MINIPORT_RESTART Restart;
  static MINIPORT_CHECK_FOR_HANG CheckForHangEx;
  static MINIPORT_RESET ResetEx;
  static MINIPORT_DEVICE_PNP_EVENT_NOTIFY DevicePnPEventNotify;
  static MINIPORT_SHUTDOWN ShutdownEx;

  /* traffic.cpp */
  static MINIPORT_SEND_NET_BUFFER_LISTS SendNetBufferLists;
  static MINIPORT_RETURN_NET_BUFFER_LISTS ReturnNetBufferLists;
  static MINIPORT_CANCEL_SEND CancelSend;

  /* oid.cpp */
  static MINIPORT_OID_REQUEST OidRequest;
  static MINIPORT_CANCEL_OID_REQUEST CancelOidRequest;
  VOID CompleteRequest(PNDIS_OID_REQUEST Request, NDIS_STATUS Status);

  NDIS_HANDLE Handle() const { return Miniport; }
  ULONG FrameBytes() const { return Mtu + ETHERNET_HEADER; }
  /* Registers may be used at all: powered, and not known to have gone. */
  BOOLEAN IsPresent() const { return !Removed && !LowPower; }
  BOOLEAN MayReceive() const { return State == Running && DeviceRuns && IsPresent(); }
  BOOLEAN MaySend() const { return MayReceive(); }
  NDIS_STATUS WhyNotSend() const;

  /* What NDIS or the device has of ours, and one while the adapter runs; a pause ends with the last. */
  VOID Hold(LONG Count = 1) { InterlockedAdd(&Held, Count); }
  VOID Let(LONG Count);

  VirtioDevice *Device; /* NULL before it is found */
  Configuration Settings;
  Offload Tasks;
  ReceiveScaling Scaling;
  NDIS_HANDLE Dma;
  ULONG PieceBufferBytes;

private:
  PAGE_CODE NDIS_STATUS Acquire(PNDIS_MINIPORT_INIT_PARAMETERS Parameters);

  /* attributes.cpp */
  PAGE_CODE NDIS_STATUS SetRegistrationAttributes();
  PAGE_CODE NDIS_STATUS SetGeneralAttributes();
  PAGE_CODE NDIS_STATUS SetOffloadAttributes();
  PAGE_CODE NDIS_STATUS SetHardwareAssistAttributes();

  /* adapter.cpp */
  ULONG64 WantedFeatures() const;
  NDIS_STATUS StartDevice();
  PAGE_CODE NDIS_STATUS ReadFacts();
  PAGE_CODE NDIS_STATUS RegisterDma();
  PAGE_CODE NDIS_STATUS CreateQueues();
  PAGE_CODE NDIS_STATUS AddQueue(VirtQueue *Queue, USHORT Index);

  /* interrupt.cpp */
  static MINIPORT_ISR LineInterrupt;
  static MINIPORT_INTERRUPT_DPC LineDpc;
  static MINIPORT_DISABLE_INTERRUPT DisableLine;
  static MINIPORT_ENABLE_INTERRUPT EnableLine;
  static MINIPORT_MESSAGE_INTERRUPT MessageInterrupt;
  static MINIPORT_MESSAGE_INTERRUPT_DPC MessageDpc;
  static MINIPORT_DISABLE_MESSAGE_INTERRUPT DisableMessage;
  static MINIPORT_ENABLE_MESSAGE_INTERRUPT EnableMessage;
  static MINIPORT_SYNCHRONIZE_INTERRUPT Rearm;
  PAGE_CODE NDIS_STATUS RegisterInterrupts();
  PAGE_CODE VOID DeregisterInterrupts();
  PAGE_CODE VOID AssignMessages();
  NDIS_STATUS ConnectQueues();
  VOID ServeMessage(ULONG Message, PNDIS_RECEIVE_THROTTLE_PARAMETERS Throttle);
  BOOLEAN ServeQueues(ULONG Message, PNDIS_RECEIVE_THROTTLE_PARAMETERS Throttle);
  BOOLEAN RearmQueues(ULONG Message);
  VOID QuietenQueues(ULONG Message);
  VOID EnableAllInterrupts();

  /* state.cpp */
  NDIS_STATUS Go();
  VOID Stop(NDIS_STATUS Status);
  VOID AbortAll(NDIS_STATUS Status);
  BOOLEAN AllSent();
  VOID PowerDown();
  VOID PowerUp();

  /* link.cpp */
  static NDIS_TIMER_FUNCTION WatchElapsed;
  static NDIS_IO_WORKITEM Watch;
  PAGE_CODE NDIS_STATUS CreateWatch();
  PAGE_CODE VOID DestroyWatch();
  VOID StartWatch();
  VOID StopWatch();
  VOID ArmWatch();
  VOID ReportLink();

  /* oid.cpp */
  NDIS_STATUS Query(PNDIS_OID_REQUEST Request);
  NDIS_STATUS QueryStatistics(PNDIS_OID_REQUEST Request);
  NDIS_STATUS Set(PNDIS_OID_REQUEST Request);
  NDIS_STATUS SetFilter(PNDIS_OID_REQUEST Request, const void *Buffer, ULONG Length);
  NDIS_STATUS SetMulticasts(PNDIS_OID_REQUEST Request, const void *Buffer, ULONG Length);
  NDIS_STATUS SetPower(const void *Buffer, ULONG Length);
  NDIS_STATUS OffloadSet(NDIS_STATUS Status);
  NDIS_STATUS ApplyFilter(PNDIS_OID_REQUEST Request);
  VOID SendFilter();
  VOID IndicateOffload();

  NDIS_HANDLE Miniport;
  ULONG Mtu;
  ULONG Pairs;
  UCHAR PermanentAddress[ETH_LENGTH_OF_ADDRESS];
  UCHAR CurrentAddress[ETH_LENGTH_OF_ADDRESS];

  ReceiveQueue *Receives[VIONET_PAIRS];
  TransmitQueue *Transmits[VIONET_PAIRS];
  ControlQueue *Control; /* NULL on a device without */
  VirtQueue *Queues[VIONET_QUEUES];
  ULONG QueueCount;

  NDIS_HANDLE Interrupt;
  ULONG Messages; /* 0 with the line */
  volatile LONG LineCauses;
  volatile LONG Interrupts;

  NDIS_SPIN_LOCK Lock; /* guards the settings below */
  volatile ADAPTER_STATE State;
  volatile BOOLEAN DeviceRuns;
  volatile BOOLEAN Resetting;
  volatile BOOLEAN LowPower;
  volatile BOOLEAN Removed;
  BOOLEAN Halting;
  volatile LONG Held;
  ULONG PacketFilter;
  ULONG Multicasts;
  UCHAR Multicast[VIONET_MULTICASTS][ETH_LENGTH_OF_ADDRESS];

  BOOLEAN LinkKnown;
  BOOLEAN LinkUp;
  NDIS_HANDLE WatchTimer;
  NDIS_HANDLE WatchWork;
  BOOLEAN WatchWanted;
  NDIS_EVENT WatchIdle;
};
