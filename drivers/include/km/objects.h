/* Object-manager, process and security services. */
#pragma once

#define PROCESS_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xFFFF)
#define THREAD_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xFFFF)
#define EVENT_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3)
#define EVENT_MODIFY_STATE 0x2
#define SECURITY_DESCRIPTOR_REVISION 1
#define ACL_REVISION 2

#define InitializeObjectAttributes(o, name, attributes, root, security)                                     \
  ((o)->Length = sizeof(OBJECT_ATTRIBUTES), (o)->RootDirectory = (root), (o)->Attributes = (attributes),    \
   (o)->ObjectName = (name), (o)->SecurityDescriptor = (security), (o)->SecurityQualityOfService = NULL)

NTKERNELAPI LONG_PTR NTAPI ObfReferenceObject(PVOID Object);
NTKERNELAPI LONG_PTR NTAPI ObfDereferenceObject(PVOID Object);
#define ObReferenceObject(o) ObfReferenceObject(o)
#define ObDereferenceObject(o) ObfDereferenceObject(o)
NTKERNELAPI NTSTATUS NTAPI ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK Access, POBJECT_TYPE Type,
                                                     KPROCESSOR_MODE Mode, PVOID *Object,
                                                     POBJECT_HANDLE_INFORMATION Information);
NTKERNELAPI NTSTATUS NTAPI ObReferenceObjectByPointer(PVOID Object, ACCESS_MASK Access, POBJECT_TYPE Type,
                                                      KPROCESSOR_MODE Mode);
NTKERNELAPI NTSTATUS NTAPI ObOpenObjectByPointer(PVOID Object, ULONG Attributes, PVOID AccessState,
                                                 ACCESS_MASK Access, POBJECT_TYPE Type, KPROCESSOR_MODE Mode,
                                                 PHANDLE Handle);
NTKERNELAPI NTSTATUS NTAPI ObQueryNameString(PVOID Object, POBJECT_NAME_INFORMATION Name, ULONG Length, PULONG Needed);
NTKERNELAPI NTSTATUS NTAPI ObRegisterCallbacks(POB_CALLBACK_REGISTRATION Registration, PVOID *Handle);
NTKERNELAPI VOID NTAPI ObUnRegisterCallbacks(PVOID Handle);

NTKERNELAPI NTSTATUS NTAPI PsCreateSystemThread(PHANDLE Thread, ULONG Access, POBJECT_ATTRIBUTES Attributes,
                                                HANDLE Process, PCLIENT_ID ClientId, PKSTART_ROUTINE Routine,
                                                PVOID Context);
NTKERNELAPI NTSTATUS NTAPI PsTerminateSystemThread(NTSTATUS Status);
NTKERNELAPI HANDLE NTAPI PsGetCurrentProcessId(VOID);
NTKERNELAPI HANDLE NTAPI PsGetCurrentThreadId(VOID);
NTKERNELAPI HANDLE NTAPI PsGetProcessId(PEPROCESS Process);
NTKERNELAPI PEPROCESS NTAPI PsGetThreadProcess(PETHREAD Thread);
NTKERNELAPI NTSTATUS NTAPI PsLookupProcessByProcessId(HANDLE Id, PEPROCESS *Process);
NTKERNELAPI NTSTATUS NTAPI PsLookupThreadByThreadId(HANDLE Id, PETHREAD *Thread);
NTKERNELAPI NTSTATUS NTAPI PsSetCreateProcessNotifyRoutine(PCREATE_PROCESS_NOTIFY_ROUTINE Routine, BOOLEAN Remove);
NTKERNELAPI NTSTATUS NTAPI PsSetLoadImageNotifyRoutine(PLOAD_IMAGE_NOTIFY_ROUTINE Routine);
NTKERNELAPI NTSTATUS NTAPI PsRemoveLoadImageNotifyRoutine(PLOAD_IMAGE_NOTIFY_ROUTINE Routine);
NTKERNELAPI BOOLEAN NTAPI PsGetVersion(PULONG Major, PULONG Minor, PULONG Build, PUNICODE_STRING CsdVersion);
NTKERNELAPI HANDLE NTAPI PsGetThreadId(PETHREAD Thread);
NTKERNELAPI NTSTATUS NTAPI PsSetCreateProcessNotifyRoutineEx(PCREATE_PROCESS_NOTIFY_ROUTINE_EX Routine, BOOLEAN Remove);
NTKERNELAPI NTSTATUS NTAPI PsSetCreateThreadNotifyRoutine(PCREATE_PROCESS_NOTIFY_ROUTINE Routine);
NTKERNELAPI NTSTATUS NTAPI PsRemoveCreateThreadNotifyRoutine(PCREATE_PROCESS_NOTIFY_ROUTINE Routine);
#define PsGetCurrentProcess() IoGetCurrentProcess()
extern NTKERNELAPI PEPROCESS PsInitialSystemProcess;
extern NTKERNELAPI POBJECT_TYPE *PsProcessType;
extern NTKERNELAPI POBJECT_TYPE *PsThreadType;
extern NTKERNELAPI POBJECT_TYPE *ExEventObjectType;

NTKERNELAPI BOOLEAN NTAPI SeSinglePrivilegeCheck(LUID Privilege, KPROCESSOR_MODE Mode);
NTKERNELAPI BOOLEAN NTAPI SeAccessCheck(PSECURITY_DESCRIPTOR Descriptor, PSECURITY_SUBJECT_CONTEXT Subject,
                                        BOOLEAN Locked, ACCESS_MASK Desired, ACCESS_MASK Granted, PVOID *Privileges,
                                        PVOID Mapping, KPROCESSOR_MODE Mode, PACCESS_MASK Access, PNTSTATUS Status);
NTKERNELAPI BOOLEAN NTAPI SeTokenIsAdmin(PACCESS_TOKEN Token);
