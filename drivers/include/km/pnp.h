/* Plug and Play, power and WMI services. */
#pragma once

NTKERNELAPI NTSTATUS NTAPI IoGetDeviceProperty(PDEVICE_OBJECT Device, DEVICE_REGISTRY_PROPERTY Property, ULONG Length,
                                               PVOID Buffer, PULONG ResultLength);
NTKERNELAPI NTSTATUS NTAPI IoOpenDeviceRegistryKey(PDEVICE_OBJECT Device, ULONG Type, ACCESS_MASK Access, PHANDLE Key);
NTKERNELAPI NTSTATUS NTAPI IoRegisterDeviceInterface(PDEVICE_OBJECT Device, const GUID *Class,
                                                     PUNICODE_STRING Reference, PUNICODE_STRING Link);
NTKERNELAPI NTSTATUS NTAPI IoSetDeviceInterfaceState(PUNICODE_STRING Link, BOOLEAN Enable);
NTKERNELAPI NTSTATUS NTAPI IoGetDeviceInterfaces(const GUID *Class, PDEVICE_OBJECT Device, ULONG Flags, PWSTR *List);
NTKERNELAPI NTSTATUS NTAPI IoOpenDeviceInterfaceRegistryKey(PUNICODE_STRING Link, ACCESS_MASK Access, PHANDLE Key);
NTKERNELAPI VOID NTAPI IoInvalidateDeviceState(PDEVICE_OBJECT Device);
NTKERNELAPI VOID NTAPI IoInvalidateDeviceRelations(PDEVICE_OBJECT Device, DEVICE_RELATION_TYPE Type);
NTKERNELAPI VOID NTAPI IoRequestDeviceEject(PDEVICE_OBJECT Device);
NTKERNELAPI NTSTATUS NTAPI IoReportTargetDeviceChange(PDEVICE_OBJECT Device, PVOID Notification);
NTKERNELAPI NTSTATUS NTAPI IoRegisterPlugPlayNotification(IO_NOTIFICATION_EVENT_CATEGORY Category, ULONG Flags,
                                                          PVOID CategoryData, PDRIVER_OBJECT Driver,
                                                          PDRIVER_NOTIFICATION_CALLBACK_ROUTINE Routine, PVOID Context,
                                                          PVOID *Entry);
NTKERNELAPI NTSTATUS NTAPI IoUnregisterPlugPlayNotification(PVOID Entry);
NTKERNELAPI NTSTATUS NTAPI IoUnregisterPlugPlayNotificationEx(PVOID Entry);
NTKERNELAPI PDMA_ADAPTER NTAPI IoGetDmaAdapter(PDEVICE_OBJECT Device, PDEVICE_DESCRIPTION Description,
                                               PULONG MapRegisters);
NTKERNELAPI ULONGLONG NTAPI RtlCmDecodeMemIoResource(PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor, PULONGLONG Start);
NTKERNELAPI NTSTATUS NTAPI RtlCmEncodeMemIoResource(PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor, UCHAR Type,
                                                    ULONGLONG Length, ULONGLONG Start);

NTKERNELAPI NTSTATUS NTAPI IoGetDeviceInterfaceAlias(PUNICODE_STRING Link, const GUID *Class, PUNICODE_STRING Alias);
NTKERNELAPI NTSTATUS NTAPI IoReportTargetDeviceChangeAsynchronous(PDEVICE_OBJECT Device, PVOID Notification,
                                                                  PVOID Callback, PVOID Context);

NTKERNELAPI VOID NTAPI PoStartNextPowerIrp(PIRP Irp);
NTKERNELAPI NTSTATUS NTAPI PoCallDriver(PDEVICE_OBJECT Device, PIRP Irp);
NTKERNELAPI POWER_STATE NTAPI PoSetPowerState(PDEVICE_OBJECT Device, POWER_STATE_TYPE Type, POWER_STATE State);
NTKERNELAPI NTSTATUS NTAPI PoRequestPowerIrp(PDEVICE_OBJECT Device, UCHAR Minor, POWER_STATE State,
                                             PREQUEST_POWER_COMPLETE Completion, PVOID Context, PIRP *Irp);
NTKERNELAPI PULONG NTAPI PoRegisterDeviceForIdleDetection(PDEVICE_OBJECT Device, ULONG ConservationIdle,
                                                          ULONG PerformanceIdle, DEVICE_POWER_STATE State);
NTKERNELAPI PVOID NTAPI PoRegisterSystemState(PVOID StateHandle, EXECUTION_STATE Flags);
NTKERNELAPI VOID NTAPI PoUnregisterSystemState(PVOID StateHandle);
NTKERNELAPI VOID NTAPI PoSetSystemWake(PIRP Irp);
#define PoSetDeviceBusy(idle) (*(idle) = 0)

NTKERNELAPI NTSTATUS NTAPI IoWMIRegistrationControl(PDEVICE_OBJECT Device, ULONG Action);
NTKERNELAPI NTSTATUS NTAPI IoWMIWriteEvent(PVOID Event);
NTKERNELAPI NTSTATUS NTAPI IoWMIOpenBlock(const GUID *Guid, ULONG Access, PVOID *Block);
NTKERNELAPI NTSTATUS NTAPI IoWMIQueryAllData(PVOID Block, PULONG Length, PVOID Buffer);

typedef VOID NTAPI ETWENABLECALLBACK(LPCGUID, ULONG, UCHAR, ULONGLONG, ULONGLONG, PVOID, PVOID);
typedef ETWENABLECALLBACK *PETWENABLECALLBACK;
NTKERNELAPI NTSTATUS NTAPI EtwRegister(LPCGUID Provider, PETWENABLECALLBACK Callback, PVOID Context,
                                       PREGHANDLE Handle);
NTKERNELAPI NTSTATUS NTAPI EtwUnregister(REGHANDLE Handle);
NTKERNELAPI NTSTATUS NTAPI EtwWrite(REGHANDLE Handle, const EVENT_DESCRIPTOR *Event, LPCGUID Activity, ULONG Count,
                                    PEVENT_DATA_DESCRIPTOR Data);
NTKERNELAPI BOOLEAN NTAPI EtwEventEnabled(REGHANDLE Handle, const EVENT_DESCRIPTOR *Event);
NTKERNELAPI BOOLEAN NTAPI EtwProviderEnabled(REGHANDLE Handle, UCHAR Level, ULONGLONG Keyword);
