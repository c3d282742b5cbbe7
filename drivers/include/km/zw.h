/* System services as drivers call them: registry, files, sections. */
#pragma once

#define ZwCurrentProcess() ((HANDLE)(LONG_PTR)-1)
#define NtCurrentProcess() ZwCurrentProcess()
#define ZwCurrentThread() ((HANDLE)(LONG_PTR)-2)

NTSYSAPI NTSTATUS NTAPI ZwClose(HANDLE Handle);
NTSYSAPI NTSTATUS NTAPI ZwCreateKey(PHANDLE Key, ACCESS_MASK Access, POBJECT_ATTRIBUTES Attributes, ULONG TitleIndex,
                                    PUNICODE_STRING Class, ULONG Options, PULONG Disposition);
NTSYSAPI NTSTATUS NTAPI ZwOpenKey(PHANDLE Key, ACCESS_MASK Access, POBJECT_ATTRIBUTES Attributes);
NTSYSAPI NTSTATUS NTAPI ZwOpenKeyEx(PHANDLE Key, ACCESS_MASK Access, POBJECT_ATTRIBUTES Attributes, ULONG Options);
NTSYSAPI NTSTATUS NTAPI ZwDeleteKey(HANDLE Key);
NTSYSAPI NTSTATUS NTAPI ZwDeleteValueKey(HANDLE Key, PUNICODE_STRING Name);
NTSYSAPI NTSTATUS NTAPI ZwQueryValueKey(HANDLE Key, PUNICODE_STRING Name, KEY_VALUE_INFORMATION_CLASS Class,
                                        PVOID Information, ULONG Length, PULONG ResultLength);
NTSYSAPI NTSTATUS NTAPI ZwSetValueKey(HANDLE Key, PUNICODE_STRING Name, ULONG TitleIndex, ULONG Type, PVOID Data,
                                      ULONG Length);
NTSYSAPI NTSTATUS NTAPI ZwEnumerateKey(HANDLE Key, ULONG Index, KEY_INFORMATION_CLASS Class, PVOID Information,
                                       ULONG Length, PULONG ResultLength);
NTSYSAPI NTSTATUS NTAPI ZwEnumerateValueKey(HANDLE Key, ULONG Index, KEY_VALUE_INFORMATION_CLASS Class,
                                            PVOID Information, ULONG Length, PULONG ResultLength);
NTSYSAPI NTSTATUS NTAPI ZwQueryKey(HANDLE Key, KEY_INFORMATION_CLASS Class, PVOID Information, ULONG Length,
                                   PULONG ResultLength);
NTSYSAPI NTSTATUS NTAPI ZwFlushKey(HANDLE Key);
NTSYSAPI NTSTATUS NTAPI ZwCreateFile(PHANDLE File, ACCESS_MASK Access, POBJECT_ATTRIBUTES Attributes,
                                     PIO_STATUS_BLOCK Status, PLARGE_INTEGER AllocationSize, ULONG FileAttributes,
                                     ULONG ShareAccess, ULONG Disposition, ULONG Options, PVOID Ea, ULONG EaLength);
NTSYSAPI NTSTATUS NTAPI ZwOpenFile(PHANDLE File, ACCESS_MASK Access, POBJECT_ATTRIBUTES Attributes,
                                   PIO_STATUS_BLOCK Status, ULONG ShareAccess, ULONG Options);
NTSYSAPI NTSTATUS NTAPI ZwReadFile(HANDLE File, HANDLE Event, PVOID Apc, PVOID ApcContext, PIO_STATUS_BLOCK Status,
                                   PVOID Buffer, ULONG Length, PLARGE_INTEGER Offset, PULONG Key);
NTSYSAPI NTSTATUS NTAPI ZwWriteFile(HANDLE File, HANDLE Event, PVOID Apc, PVOID ApcContext, PIO_STATUS_BLOCK Status,
                                    PVOID Buffer, ULONG Length, PLARGE_INTEGER Offset, PULONG Key);
NTSYSAPI NTSTATUS NTAPI ZwQueryInformationFile(HANDLE File, PIO_STATUS_BLOCK Status, PVOID Information, ULONG Length,
                                               FILE_INFORMATION_CLASS Class);
NTSYSAPI NTSTATUS NTAPI ZwSetInformationFile(HANDLE File, PIO_STATUS_BLOCK Status, PVOID Information, ULONG Length,
                                             FILE_INFORMATION_CLASS Class);
NTSYSAPI NTSTATUS NTAPI ZwOpenSection(PHANDLE Section, ACCESS_MASK Access, POBJECT_ATTRIBUTES Attributes);
NTSYSAPI NTSTATUS NTAPI ZwCreateSection(PHANDLE Section, ACCESS_MASK Access, POBJECT_ATTRIBUTES Attributes,
                                        PLARGE_INTEGER MaximumSize, ULONG Protect, ULONG Allocation, HANDLE File);
NTSYSAPI NTSTATUS NTAPI ZwMapViewOfSection(HANDLE Section, HANDLE Process, PVOID *BaseAddress, ULONG_PTR ZeroBits,
                                           SIZE_T CommitSize, PLARGE_INTEGER Offset, PSIZE_T ViewSize,
                                           SECTION_INHERIT Inherit, ULONG AllocationType, ULONG Protect);
NTSYSAPI NTSTATUS NTAPI ZwUnmapViewOfSection(HANDLE Process, PVOID BaseAddress);
NTSYSAPI NTSTATUS NTAPI ZwAllocateVirtualMemory(HANDLE Process, PVOID *BaseAddress, ULONG_PTR ZeroBits,
                                                PSIZE_T RegionSize, ULONG AllocationType, ULONG Protect);
NTSYSAPI NTSTATUS NTAPI ZwFreeVirtualMemory(HANDLE Process, PVOID *BaseAddress, PSIZE_T RegionSize, ULONG FreeType);
NTSYSAPI NTSTATUS NTAPI ZwWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable, PLARGE_INTEGER Timeout);
NTSYSAPI NTSTATUS NTAPI ZwSetEvent(HANDLE Event, PLONG PreviousState);
NTSYSAPI NTSTATUS NTAPI ZwOpenEvent(PHANDLE Event, ACCESS_MASK Access, POBJECT_ATTRIBUTES Attributes);
NTSYSAPI NTSTATUS NTAPI ZwCreateEvent(PHANDLE Event, ACCESS_MASK Access, POBJECT_ATTRIBUTES Attributes, EVENT_TYPE Type,
                                      BOOLEAN State);
NTSYSAPI NTSTATUS NTAPI ZwDeviceIoControlFile(HANDLE File, HANDLE Event, PVOID Apc, PVOID ApcContext,
                                              PIO_STATUS_BLOCK Status, ULONG Code, PVOID Input, ULONG InputLength,
                                              PVOID Output, ULONG OutputLength);
NTSYSAPI NTSTATUS NTAPI ZwOpenProcess(PHANDLE Process, ACCESS_MASK Access, POBJECT_ATTRIBUTES Attributes,
                                      PCLIENT_ID ClientId);
NTSYSAPI NTSTATUS NTAPI ZwTerminateProcess(HANDLE Process, NTSTATUS Status);
NTSYSAPI NTSTATUS NTAPI ZwOpenSymbolicLinkObject(PHANDLE Link, ACCESS_MASK Access, POBJECT_ATTRIBUTES Attributes);
NTSYSAPI NTSTATUS NTAPI ZwQuerySymbolicLinkObject(HANDLE Link, PUNICODE_STRING Target, PULONG Length);
NTSYSAPI NTSTATUS NTAPI ZwCreateDirectoryObject(PHANDLE Directory, ACCESS_MASK Access, POBJECT_ATTRIBUTES Attributes);
NTSYSAPI NTSTATUS NTAPI ZwMakeTemporaryObject(HANDLE Handle);
NTSYSAPI NTSTATUS NTAPI ZwLoadDriver(PUNICODE_STRING ServiceName);
NTSYSAPI NTSTATUS NTAPI ZwUnloadDriver(PUNICODE_STRING ServiceName);
