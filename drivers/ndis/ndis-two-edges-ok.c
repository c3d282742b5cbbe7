// A miniport that is a protocol driver too, to team up with another card, and that leaves its state for a crash dump.
// expect: clean
#include "skeleton/skeleton.h"

static PROTOCOL_BIND_ADAPTER_EX Bind;
static PROTOCOL_UNBIND_ADAPTER_EX Unbind;
static PROTOCOL_OPEN_ADAPTER_COMPLETE_EX Opened;
static PROTOCOL_CLOSE_ADAPTER_COMPLETE_EX Closed;
static PROTOCOL_NET_PNP_EVENT NetPnPEvent;
static PROTOCOL_OID_REQUEST_COMPLETE RequestComplete;
static PROTOCOL_STATUS_EX Status;
static PROTOCOL_RECEIVE_NET_BUFFER_LISTS Receive;
static PROTOCOL_SEND_NET_BUFFER_LISTS_COMPLETE SendComplete;

static NDIS_HANDLE Protocol;
static KBUGCHECK_REASON_CALLBACK_RECORD Crash;

static NDIS_STATUS Bind(NDIS_HANDLE Context, NDIS_HANDLE BindContext, PVOID Parameters) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(BindContext);
  UNREFERENCED_PARAMETER(Parameters);
  return NDIS_STATUS_NOT_SUPPORTED; /* none of the cards is a partner of ours */
}

static NDIS_STATUS Unbind(NDIS_HANDLE UnbindContext, NDIS_HANDLE Context) {
  UNREFERENCED_PARAMETER(UnbindContext);
  UNREFERENCED_PARAMETER(Context);
  return NDIS_STATUS_SUCCESS;
}

static VOID Opened(NDIS_HANDLE Context, NDIS_STATUS Result) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(Result);
}

static VOID Closed(NDIS_HANDLE Context) { UNREFERENCED_PARAMETER(Context); }

static NDIS_STATUS NetPnPEvent(NDIS_HANDLE Context, PVOID Event) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(Event);
  return NDIS_STATUS_SUCCESS;
}

static VOID RequestComplete(NDIS_HANDLE Context, PNDIS_OID_REQUEST Request, NDIS_STATUS Result) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(Request);
  UNREFERENCED_PARAMETER(Result);
}

static VOID Status(NDIS_HANDLE Context, PNDIS_STATUS_INDICATION Indication) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(Indication);
}

static VOID Receive(NDIS_HANDLE Context, PNET_BUFFER_LIST Lists, NDIS_PORT_NUMBER Port, ULONG Count, ULONG Flags) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(Lists);
  UNREFERENCED_PARAMETER(Port);
  UNREFERENCED_PARAMETER(Count);
  UNREFERENCED_PARAMETER(Flags);
}

static VOID SendComplete(NDIS_HANDLE Context, PNET_BUFFER_LIST Lists, ULONG Flags) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(Lists);
  UNREFERENCED_PARAMETER(Flags);
}

static VOID NTAPI AddToDump(KBUGCHECK_CALLBACK_REASON Reason, PKBUGCHECK_REASON_CALLBACK_RECORD Record, PVOID Data,
                            ULONG Length) {
  UNREFERENCED_PARAMETER(Reason);
  UNREFERENCED_PARAMETER(Record);
  UNREFERENCED_PARAMETER(Data);
  UNREFERENCED_PARAMETER(Length);
}

/* The miniport goes on alone where the protocol cannot be registered. */
static NDIS_STATUS Enter(VOID) {
  static const NDIS_STRING name = NDIS_STRING_CONST("TwoEdges");
  NDIS_PROTOCOL_DRIVER_CHARACTERISTICS protocol = {0};
  protocol.Header.Type = NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS;
  protocol.Header.Revision = NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_2;
  protocol.Header.Size = NDIS_SIZEOF_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_2;
  protocol.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
  protocol.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
  protocol.MajorDriverVersion = 1;
  protocol.Name = name;
  protocol.BindAdapterHandlerEx = Bind;
  protocol.UnbindAdapterHandlerEx = Unbind;
  protocol.OpenAdapterCompleteHandlerEx = Opened;
  protocol.CloseAdapterCompleteHandlerEx = Closed;
  protocol.NetPnPEventHandler = NetPnPEvent;
  protocol.OidRequestCompleteHandler = RequestComplete;
  protocol.StatusHandlerEx = Status;
  protocol.ReceiveNetBufferListsHandler = Receive;
  protocol.SendNetBufferListsCompleteHandler = SendComplete;
  if (NdisRegisterProtocolDriver(NULL, &protocol, &Protocol) != NDIS_STATUS_SUCCESS) Protocol = NULL;
  KeInitializeCallbackRecord(&Crash);
  KeRegisterBugCheckReasonCallback(&Crash, AddToDump, KbCallbackSecondaryDumpData, (PUCHAR) "TwoEdges");
  return NDIS_STATUS_SUCCESS;
}

/* A card may be plugged in that the protocol wants to hear of. */
static NDIS_STATUS Restart(PSAMPLE Sample) {
  UNREFERENCED_PARAMETER(Sample);
  if (Protocol != NULL) NdisReEnumerateProtocolBindings(Protocol);
  return NDIS_STATUS_SUCCESS;
}

static VOID Unload(VOID) {
  KeDeregisterBugCheckReasonCallback(&Crash);
  if (Protocol != NULL) NdisDeregisterProtocolDriver(Protocol);
}

const SAMPLE_HOOKS SampleHooks = {.DriverEntry = Enter, .Restart = Restart, .Unload = Unload};
