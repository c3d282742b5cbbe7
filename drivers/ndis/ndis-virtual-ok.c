// A miniport without hardware: it starts with no resources, takes IP datagrams and keeps to Winsock Kernel beside NDIS.
// expect: clean
#include <ndis.h>
#include <netioapi.h>
#include <wsk.h>

#define TAG 0x74726956 /* "Virt" in memory */
#define MTU 1500
#define GIGABIT 1000000000ULL
#define IF_TYPE_PROP_VIRTUAL 53
#define MAX_TRANSPORTS 8
#define HEADER_BYTES 20
#define ETH_TYPE_IPV4 0x0008 /* as on the wire */

typedef struct _ADAPTER {
  NDIS_HANDLE Handle;
  WSK_REGISTRATION Registration;
  WSK_PROVIDER_NPI Provider;
  HANDLE Notification;
  SIZE_T Transports;
  BOOLEAN Captured;
  BOOLEAN Registered;
  NDIS_STATISTICS_INFO Statistics;
} ADAPTER, *PADAPTER;

DRIVER_INITIALIZE DriverEntry;
static MINIPORT_INITIALIZE Initialize;
static MINIPORT_HALT Halt;
static MINIPORT_UNLOAD Unload;
static MINIPORT_PAUSE Pause;
static MINIPORT_RESTART Restart;
static MINIPORT_OID_REQUEST OidRequest;
static MINIPORT_SEND_NET_BUFFER_LISTS Send;
static MINIPORT_RETURN_NET_BUFFER_LISTS Return;
static MINIPORT_CANCEL_SEND CancelSend;
static MINIPORT_DEVICE_PNP_EVENT_NOTIFY Event;
static MINIPORT_SHUTDOWN Shutdown;
static MINIPORT_CANCEL_OID_REQUEST CancelOid;

static NDIS_HANDLE Driver;
static const WSK_CLIENT_DISPATCH Dispatch = {.Version = MAKE_WSK_VERSION(1, 0)};
static NDIS_OID Supported[] = {
    OID_GEN_STATISTICS,     OID_GEN_MAXIMUM_TOTAL_SIZE, OID_GEN_VENDOR_DESCRIPTION,
    OID_GEN_VENDOR_ID,      OID_GEN_VENDOR_DRIVER_VERSION, OID_GEN_CURRENT_PACKET_FILTER,
};

static VOID NTAPI InterfaceChanged(PVOID Context, PMIB_IPINTERFACE_ROW Row, MIB_NOTIFICATION_TYPE Type) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(Row);
  DbgPrint("interface notification %d\n", Type);
}

/* The transports that datagrams could go through; there may be none. */
static NTSTATUS FindTransports(PADAPTER Adapter) {
  WSK_TRANSPORT transports[MAX_TRANSPORTS];
  SIZE_T bytes = 0;
  NTSTATUS status = Adapter->Provider.Dispatch->WskControlClient(
      Adapter->Provider.Client, WSK_TRANSPORT_LIST_QUERY, 0, NULL, sizeof(transports), transports, &bytes, NULL);
  Adapter->Transports = bytes / sizeof(WSK_TRANSPORT);
  DbgPrint("%d transports\n", (ULONG)Adapter->Transports);
  return status;
}

static NTSTATUS Attach(PADAPTER Adapter) {
  WSK_CLIENT_NPI client = {.ClientContext = Adapter, .Dispatch = &Dispatch};
  NTSTATUS status = WskRegister(&client, &Adapter->Registration);
  if (!NT_SUCCESS(status)) return status;
  Adapter->Registered = TRUE;
  status = WskCaptureProviderNPI(&Adapter->Registration, WSK_INFINITE_WAIT, &Adapter->Provider);
  if (!NT_SUCCESS(status)) return status;
  Adapter->Captured = TRUE;
  status = FindTransports(Adapter);
  if (!NT_SUCCESS(status)) return status;
  return NotifyIpInterfaceChange(AF_UNSPEC, InterfaceChanged, Adapter, TRUE, &Adapter->Notification);
}

static VOID Detach(PADAPTER Adapter) {
  if (Adapter->Notification != NULL) CancelMibChangeNotify2(Adapter->Notification);
  if (Adapter->Captured) WskReleaseProviderNPI(&Adapter->Registration);
  if (Adapter->Registered) WskDeregister(&Adapter->Registration);
}

static NDIS_STATUS SetRegistrationAttributes(PADAPTER Adapter) {
  NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = {0};
  PNDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES registration = &attributes.RegistrationAttributes;
  registration->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
  registration->Header.Revision = NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
  registration->Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
  registration->MiniportAdapterContext = Adapter;
  registration->AttributeFlags =
      NDIS_MINIPORT_ATTRIBUTES_NO_HALT_ON_SUSPEND | NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK;
  registration->InterfaceType = NdisInterfaceInternal;
  return NdisMSetMiniportAttributes(Adapter->Handle, &attributes);
}

static NDIS_STATUS SetGeneralAttributes(PADAPTER Adapter) {
  NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = {0};
  PNDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES general = &attributes.GeneralAttributes;
  general->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES;
  general->Header.Revision = NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
  general->Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
  general->MediaType = NdisMediumIP;
  general->PhysicalMediumType = NdisPhysicalMediumUnspecified;
  general->MtuSize = general->LookaheadSize = MTU;
  general->MaxXmitLinkSpeed = general->MaxRcvLinkSpeed = GIGABIT;
  general->XmitLinkSpeed = general->RcvLinkSpeed = GIGABIT;
  general->MediaConnectState = MediaConnectStateConnected;
  general->MediaDuplexState = MediaDuplexStateFull;
  general->MacOptions = NDIS_MAC_OPTION_NO_LOOPBACK;
  general->SupportedPacketFilters = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_BROADCAST;
  general->AccessType = NET_IF_ACCESS_BROADCAST;
  general->DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
  general->ConnectionType = NET_IF_CONNECTION_DEDICATED;
  general->IfType = IF_TYPE_PROP_VIRTUAL;
  general->SupportedStatistics = NDIS_STATISTICS_GEN_STATISTICS_SUPPORTED;
  general->SupportedOidList = Supported;
  general->SupportedOidListLength = sizeof(Supported);
  return NdisMSetMiniportAttributes(Adapter->Handle, &attributes);
}

static NDIS_STATUS Initialize(NDIS_HANDLE Handle, NDIS_HANDLE Context, PNDIS_MINIPORT_INIT_PARAMETERS Parameters) {
  UNREFERENCED_PARAMETER(Context);
  if (Parameters->AllocatedResources != NULL && Parameters->AllocatedResources->Count != 0) {
    return NDIS_STATUS_RESOURCE_CONFLICT;
  }
  PADAPTER adapter = NdisAllocateMemoryWithTagPriority(Handle, sizeof(ADAPTER), TAG, NormalPoolPriority);
  if (adapter == NULL) return NDIS_STATUS_RESOURCES;
  NdisZeroMemory(adapter, sizeof(ADAPTER));
  adapter->Handle = Handle;
  adapter->Statistics.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  adapter->Statistics.Header.Revision = NDIS_STATISTICS_INFO_REVISION_1;
  adapter->Statistics.Header.Size = NDIS_SIZEOF_STATISTICS_INFO_REVISION_1;
  adapter->Statistics.SupportedStatistics = NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_XMIT |
                                            NDIS_STATISTICS_FLAGS_VALID_MULTICAST_FRAMES_XMIT |
                                            NDIS_STATISTICS_FLAGS_VALID_BROADCAST_FRAMES_XMIT;
  NTSTATUS attached = Attach(adapter);
  NDIS_STATUS status = NT_SUCCESS(attached) ? SetRegistrationAttributes(adapter) : NDIS_STATUS_FAILURE;
  if (status == NDIS_STATUS_SUCCESS) status = SetGeneralAttributes(adapter);
  if (status == NDIS_STATUS_SUCCESS) return status;
  Detach(adapter);
  NdisFreeMemory(adapter, 0, 0);
  return status;
}

static VOID Halt(NDIS_HANDLE Context, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  Detach(Context);
  NdisFreeMemory(Context, 0, 0);
}

static NDIS_STATUS Pause(NDIS_HANDLE Context, PNDIS_MINIPORT_PAUSE_PARAMETERS Parameters) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(Parameters);
  return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS Restart(NDIS_HANDLE Context, PNDIS_MINIPORT_RESTART_PARAMETERS Parameters) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(Parameters);
  return NDIS_STATUS_SUCCESS;
}

/* A whole IPv4 datagram: version, header length and total length agree with the buffer. */
static BOOLEAN IsDatagram(PNET_BUFFER Buffer) {
  UCHAR storage[HEADER_BYTES];
  PUCHAR header = NdisGetDataBuffer(Buffer, sizeof(storage), storage, 1, 0);
  if (header == NULL || header[0] != 0x45) return FALSE;
  return (ULONG)(header[2] << 8 | header[3]) == NET_BUFFER_DATA_LENGTH(Buffer);
}

static NDIS_STATUS Take(PADAPTER Adapter, PNET_BUFFER_LIST List) {
  ULONG64 count = 0;
  if ((ULONG_PTR)NET_BUFFER_LIST_INFO(List, NetBufferListFrameType) != ETH_TYPE_IPV4) return NDIS_STATUS_INVALID_PACKET;
  for (PNET_BUFFER buffer = NET_BUFFER_LIST_FIRST_NB(List); buffer != NULL; buffer = NET_BUFFER_NEXT_NB(buffer)) {
    if (!IsDatagram(buffer)) return NDIS_STATUS_INVALID_PACKET;
    count++;
  }
  InterlockedExchangeAdd64((LONG64 *)&Adapter->Statistics.ifHCOutUcastPkts, (LONG64)count);
  return NDIS_STATUS_SUCCESS;
}

static VOID Send(NDIS_HANDLE Context, PNET_BUFFER_LIST Lists, NDIS_PORT_NUMBER Port, ULONG Flags) {
  UNREFERENCED_PARAMETER(Port);
  PADAPTER adapter = Context;
  for (PNET_BUFFER_LIST list = Lists; list != NULL; list = NET_BUFFER_LIST_NEXT_NBL(list)) {
    NET_BUFFER_LIST_STATUS(list) = Take(adapter, list);
  }
  ULONG flags = NDIS_TEST_SEND_AT_DISPATCH_LEVEL(Flags) ? NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL : 0;
  NdisMSendNetBufferListsComplete(adapter->Handle, Lists, flags);
}

static VOID Return(NDIS_HANDLE Context, PNET_BUFFER_LIST Lists, ULONG Flags) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(Lists);
  UNREFERENCED_PARAMETER(Flags);
}

static VOID CancelSend(NDIS_HANDLE Context, PVOID CancelId) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(CancelId);
}

static VOID CancelOid(NDIS_HANDLE Context, PVOID RequestId) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(RequestId);
}

static VOID Event(NDIS_HANDLE Context, PNET_DEVICE_PNP_EVENT PnpEvent) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(PnpEvent);
}

static VOID Shutdown(NDIS_HANDLE Context, NDIS_SHUTDOWN_ACTION Action) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(Action);
}

static NDIS_STATUS Answer(PNDIS_OID_REQUEST Request, const void *Value, ULONG Length) {
  Request->DATA.QUERY_INFORMATION.BytesNeeded = Length;
  Request->DATA.QUERY_INFORMATION.BytesWritten = 0;
  if (Request->DATA.QUERY_INFORMATION.InformationBufferLength < Length) return NDIS_STATUS_BUFFER_TOO_SHORT;
  NdisMoveMemory(Request->DATA.QUERY_INFORMATION.InformationBuffer, Value, Length);
  Request->DATA.QUERY_INFORMATION.BytesWritten = Length;
  return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS Query(PADAPTER Adapter, PNDIS_OID_REQUEST Request) {
  static const char description[] = "Virtual adapter";
  ULONG value;
  switch (Request->DATA.QUERY_INFORMATION.Oid) {
    case OID_GEN_STATISTICS:
      return Answer(Request, &Adapter->Statistics, sizeof(Adapter->Statistics));
    case OID_GEN_VENDOR_DESCRIPTION:
      return Answer(Request, description, sizeof(description));
    case OID_GEN_MAXIMUM_TOTAL_SIZE:
      value = MTU;
      break;
    case OID_GEN_VENDOR_ID:
      value = 0xffffff;
      break;
    case OID_GEN_VENDOR_DRIVER_VERSION:
      value = 0x10000;
      break;
    default:
      return NDIS_STATUS_NOT_SUPPORTED;
  }
  return Answer(Request, &value, sizeof(value));
}

static NDIS_STATUS OidRequest(NDIS_HANDLE Context, PNDIS_OID_REQUEST Request) {
  switch (Request->RequestType) {
    case NdisRequestQueryInformation:
    case NdisRequestQueryStatistics:
      return Query(Context, Request);
    case NdisRequestSetInformation:
      if (Request->DATA.SET_INFORMATION.Oid != OID_GEN_CURRENT_PACKET_FILTER) return NDIS_STATUS_NOT_SUPPORTED;
      Request->DATA.SET_INFORMATION.BytesRead = sizeof(ULONG);
      return NDIS_STATUS_SUCCESS;
    default:
      return NDIS_STATUS_NOT_SUPPORTED;
  }
}

static VOID Unload(PDRIVER_OBJECT DriverObject) {
  UNREFERENCED_PARAMETER(DriverObject);
  NdisMDeregisterMiniportDriver(Driver);
}

__declspec(code_seg("INIT")) NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  NDIS_MINIPORT_DRIVER_CHARACTERISTICS miniport = {0};
  miniport.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS;
  miniport.Header.Revision = NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
  miniport.Header.Size = NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
  miniport.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
  miniport.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
  miniport.MajorDriverVersion = 1;
  miniport.InitializeHandlerEx = Initialize;
  miniport.HaltHandlerEx = Halt;
  miniport.UnloadHandler = Unload;
  miniport.PauseHandler = Pause;
  miniport.RestartHandler = Restart;
  miniport.OidRequestHandler = OidRequest;
  miniport.SendNetBufferListsHandler = Send;
  miniport.ReturnNetBufferListsHandler = Return;
  miniport.CancelSendHandler = CancelSend;
  miniport.DevicePnPEventNotifyHandler = Event;
  miniport.ShutdownHandlerEx = Shutdown;
  miniport.CancelOidRequestHandler = CancelOid;
  return NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL, &miniport, &Driver);
}
