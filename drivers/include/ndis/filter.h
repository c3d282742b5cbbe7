/* What a driver registers as a filter. Layouts as in ndis.h of WDK 10.0.22621; most handlers only as addresses. */
#pragma once

typedef NDIS_STATUS NTAPI FILTER_ATTACH(NDIS_HANDLE NdisFilterHandle, NDIS_HANDLE FilterDriverContext,
                                        PVOID AttachParameters);
typedef VOID NTAPI FILTER_DETACH(NDIS_HANDLE FilterModuleContext);
typedef NDIS_STATUS NTAPI FILTER_RESTART(NDIS_HANDLE FilterModuleContext, PVOID RestartParameters);
typedef NDIS_STATUS NTAPI FILTER_PAUSE(NDIS_HANDLE FilterModuleContext, PVOID PauseParameters);

typedef struct _NDIS_FILTER_DRIVER_CHARACTERISTICS {
  NDIS_OBJECT_HEADER Header;
  UCHAR MajorNdisVersion;
  UCHAR MinorNdisVersion;
  UCHAR MajorDriverVersion;
  UCHAR MinorDriverVersion;
  ULONG Flags;
  NDIS_STRING FriendlyName;
  NDIS_STRING UniqueName;
  NDIS_STRING ServiceName;
  SET_OPTIONS *SetOptionsHandler;
  PVOID SetFilterModuleOptionsHandler;
  FILTER_ATTACH *AttachHandler;
  FILTER_DETACH *DetachHandler;
  FILTER_RESTART *RestartHandler;
  FILTER_PAUSE *PauseHandler;
  PVOID SendNetBufferListsHandler;
  PVOID SendNetBufferListsCompleteHandler;
  PVOID CancelSendNetBufferListsHandler;
  PVOID ReceiveNetBufferListsHandler;
  PVOID ReturnNetBufferListsHandler;
  PVOID OidRequestHandler;
  PVOID OidRequestCompleteHandler;
  PVOID CancelOidRequestHandler;
  PVOID DevicePnPEventNotifyHandler;
  PVOID NetPnPEventHandler;
  PVOID StatusHandler;
  PVOID DirectOidRequestHandler;
  PVOID DirectOidRequestCompleteHandler;
  PVOID CancelDirectOidRequestHandler;
} NDIS_FILTER_DRIVER_CHARACTERISTICS, *PNDIS_FILTER_DRIVER_CHARACTERISTICS;
#define NDIS_FILTER_CHARACTERISTICS_REVISION_2 2
#define NDIS_SIZEOF_FILTER_DRIVER_CHARACTERISTICS_REVISION_2 \
  RTL_SIZEOF_THROUGH_FIELD(NDIS_FILTER_DRIVER_CHARACTERISTICS, CancelDirectOidRequestHandler)

NDISAPI NDIS_STATUS NTAPI NdisFRegisterFilterDriver(PDRIVER_OBJECT DriverObject, NDIS_HANDLE FilterDriverContext,
                                                    PNDIS_FILTER_DRIVER_CHARACTERISTICS FilterDriverCharacteristics,
                                                    PNDIS_HANDLE NdisFilterDriverHandle);
NDISAPI VOID NTAPI NdisFDeregisterFilterDriver(NDIS_HANDLE NdisFilterDriverHandle);

/* A device of the driver's own, beside adapters and filter modules. */
typedef struct _NDIS_DEVICE_OBJECT_ATTRIBUTES {
  NDIS_OBJECT_HEADER Header;
  PNDIS_STRING DeviceName;
  PNDIS_STRING SymbolicName;
  PDRIVER_DISPATCH *MajorFunctions;
  ULONG ExtensionSize;
  PCUNICODE_STRING DefaultSDDLString;
  LPCGUID DeviceClassGuid;
} NDIS_DEVICE_OBJECT_ATTRIBUTES, *PNDIS_DEVICE_OBJECT_ATTRIBUTES;
#define NDIS_DEVICE_OBJECT_ATTRIBUTES_REVISION_1 1
#define NDIS_SIZEOF_DEVICE_OBJECT_ATTRIBUTES_REVISION_1 \
  RTL_SIZEOF_THROUGH_FIELD(NDIS_DEVICE_OBJECT_ATTRIBUTES, DeviceClassGuid)

NDISAPI NDIS_STATUS NTAPI NdisRegisterDeviceEx(NDIS_HANDLE NdisHandle,
                                               PNDIS_DEVICE_OBJECT_ATTRIBUTES DeviceObjectAttributes,
                                               PDEVICE_OBJECT *DeviceObject, PNDIS_HANDLE NdisDeviceHandle);
NDISAPI VOID NTAPI NdisDeregisterDeviceEx(NDIS_HANDLE NdisDeviceHandle);
