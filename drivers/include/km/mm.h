/* Memory-manager services: device mappings, MDLs, contiguous memory, physical addresses. */
#pragma once

#define NormalPagePriority 16
#define HighPagePriority 32
#define LowPagePriority 0
#define MdlMappingNoWrite 0x80000000
#define MdlMappingNoExecute 0x40000000

NTKERNELAPI PVOID NTAPI MmMapIoSpace(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T Bytes, MEMORY_CACHING_TYPE CacheType);
NTKERNELAPI PVOID NTAPI MmMapIoSpaceEx(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T Bytes, ULONG Protect);
NTKERNELAPI VOID NTAPI MmUnmapIoSpace(PVOID BaseAddress, SIZE_T Bytes);
NTKERNELAPI NTSTATUS NTAPI MmAllocateMdlForIoSpace(PMM_PHYSICAL_ADDRESS_LIST List, SIZE_T Entries, PMDL *Mdl);

NTKERNELAPI VOID NTAPI MmProbeAndLockPages(PMDL Mdl, KPROCESSOR_MODE Mode, LOCK_OPERATION Operation);
NTKERNELAPI VOID NTAPI MmUnlockPages(PMDL Mdl);
NTKERNELAPI VOID NTAPI MmBuildMdlForNonPagedPool(PMDL Mdl);
NTKERNELAPI PVOID NTAPI MmMapLockedPages(PMDL Mdl, KPROCESSOR_MODE Mode);
NTKERNELAPI PVOID NTAPI MmMapLockedPagesSpecifyCache(PMDL Mdl, KPROCESSOR_MODE Mode, MEMORY_CACHING_TYPE CacheType,
                                                     PVOID RequestedAddress, ULONG BugCheckOnFailure, ULONG Priority);
NTKERNELAPI VOID NTAPI MmUnmapLockedPages(PVOID BaseAddress, PMDL Mdl);
NTKERNELAPI PVOID NTAPI MmAllocateMappingAddress(SIZE_T Bytes, ULONG Tag);
NTKERNELAPI VOID NTAPI MmFreeMappingAddress(PVOID BaseAddress, ULONG Tag);
NTKERNELAPI PVOID NTAPI MmMapLockedPagesWithReservedMapping(PVOID Mapping, ULONG Tag, PMDL Mdl,
                                                            MEMORY_CACHING_TYPE CacheType);
NTKERNELAPI VOID NTAPI MmUnmapReservedMapping(PVOID BaseAddress, ULONG Tag, PMDL Mdl);
NTKERNELAPI NTSTATUS NTAPI MmProtectMdlSystemAddress(PMDL Mdl, ULONG Protect);
NTKERNELAPI PMDL NTAPI MmAllocatePagesForMdl(PHYSICAL_ADDRESS Low, PHYSICAL_ADDRESS High, PHYSICAL_ADDRESS Skip,
                                             SIZE_T Bytes);
NTKERNELAPI PMDL NTAPI MmAllocatePagesForMdlEx(PHYSICAL_ADDRESS Low, PHYSICAL_ADDRESS High, PHYSICAL_ADDRESS Skip,
                                               SIZE_T Bytes, MEMORY_CACHING_TYPE CacheType, ULONG Flags);
NTKERNELAPI VOID NTAPI MmFreePagesFromMdl(PMDL Mdl);
NTKERNELAPI PMDL NTAPI MmCreateMdl(PMDL Mdl, PVOID Base, SIZE_T Length);
NTKERNELAPI SIZE_T NTAPI MmSizeOfMdl(PVOID Base, SIZE_T Length);

#define MmGetMdlByteCount(mdl) ((mdl)->ByteCount)
#define MmGetMdlByteOffset(mdl) ((mdl)->ByteOffset)
#define MmGetMdlBaseVa(mdl) ((mdl)->StartVa)
#define MmGetMdlVirtualAddress(mdl) ((PVOID)((PCHAR)(mdl)->StartVa + (mdl)->ByteOffset))
#define MmGetMdlPfnArray(mdl) ((PPFN_NUMBER)((mdl) + 1))

FORCEINLINE PVOID MmGetSystemAddressForMdlSafe(PMDL Mdl, ULONG Priority) {
  if (Mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL)) return Mdl->MappedSystemVa;
  return MmMapLockedPagesSpecifyCache(Mdl, KernelMode, MmCached, NULL, FALSE, Priority);
}

#define MmGetSystemAddressForMdl(mdl)                                              \
  (((mdl)->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL))     \
       ? (mdl)->MappedSystemVa                                                     \
       : MmMapLockedPages(mdl, KernelMode))

FORCEINLINE VOID MmInitializeMdl(PMDL Mdl, PVOID Base, SIZE_T Length) {
  Mdl->Next = NULL;
  Mdl->Size = (CSHORT)(sizeof(MDL) + sizeof(PFN_NUMBER) * ADDRESS_AND_SIZE_TO_SPAN_PAGES(Base, Length));
  Mdl->MdlFlags = 0;
  Mdl->StartVa = PAGE_ALIGN(Base);
  Mdl->ByteOffset = BYTE_OFFSET(Base);
  Mdl->ByteCount = (ULONG)Length;
}

FORCEINLINE VOID MmPrepareMdlForReuse(PMDL Mdl) {
  if (Mdl->MdlFlags & MDL_PARTIAL_HAS_BEEN_MAPPED) MmUnmapLockedPages(Mdl->MappedSystemVa, Mdl);
}

NTKERNELAPI PVOID NTAPI MmAllocateContiguousMemory(SIZE_T Bytes, PHYSICAL_ADDRESS Highest);
NTKERNELAPI PVOID NTAPI MmAllocateContiguousMemorySpecifyCache(SIZE_T Bytes, PHYSICAL_ADDRESS Lowest,
                                                               PHYSICAL_ADDRESS Highest, PHYSICAL_ADDRESS Boundary,
                                                               MEMORY_CACHING_TYPE CacheType);
NTKERNELAPI VOID NTAPI MmFreeContiguousMemory(PVOID BaseAddress);
NTKERNELAPI VOID NTAPI MmFreeContiguousMemorySpecifyCache(PVOID BaseAddress, SIZE_T Bytes,
                                                          MEMORY_CACHING_TYPE CacheType);
NTKERNELAPI PVOID NTAPI MmAllocateNonCachedMemory(SIZE_T Bytes);
NTKERNELAPI VOID NTAPI MmFreeNonCachedMemory(PVOID BaseAddress, SIZE_T Bytes);
NTKERNELAPI PHYSICAL_ADDRESS NTAPI MmGetPhysicalAddress(PVOID BaseAddress);
NTKERNELAPI PVOID NTAPI MmGetVirtualForPhysical(PHYSICAL_ADDRESS PhysicalAddress);
NTKERNELAPI PPHYSICAL_MEMORY_RANGE NTAPI MmGetPhysicalMemoryRanges(VOID);
NTKERNELAPI BOOLEAN NTAPI MmIsAddressValid(PVOID Address);
NTKERNELAPI NTSTATUS NTAPI MmCopyMemory(PVOID Target, MM_COPY_ADDRESS Source, SIZE_T Bytes, ULONG Flags,
                                        PSIZE_T Transferred);
NTKERNELAPI PVOID NTAPI MmGetSystemRoutineAddress(PUNICODE_STRING Name);
NTKERNELAPI PVOID NTAPI MmLockPagableDataSection(PVOID Address);
NTKERNELAPI VOID NTAPI MmUnlockPagableImageSection(PVOID Handle);
#define MmLockPagableCodeSection MmLockPagableDataSection
NTKERNELAPI PVOID NTAPI MmPageEntireDriver(PVOID Address);
NTKERNELAPI VOID NTAPI MmResetDriverPaging(PVOID Address);
NTKERNELAPI MM_SYSTEM_SIZE NTAPI MmQuerySystemSize(VOID);
NTKERNELAPI HANDLE NTAPI MmSecureVirtualMemory(PVOID Address, SIZE_T Size, ULONG ProbeMode);
NTKERNELAPI VOID NTAPI MmUnsecureVirtualMemory(HANDLE SecureHandle);
NTKERNELAPI VOID NTAPI MmProbeAndLockProcessPages(PMDL Mdl, PEPROCESS Process, KPROCESSOR_MODE Mode,
                                                  LOCK_OPERATION Operation);
NTKERNELAPI NTSTATUS NTAPI MmAdvanceMdl(PMDL Mdl, ULONG Bytes);
NTKERNELAPI PVOID NTAPI MmAllocateContiguousMemorySpecifyCacheNode(SIZE_T Bytes, PHYSICAL_ADDRESS Lowest,
                                                                   PHYSICAL_ADDRESS Highest, PHYSICAL_ADDRESS Boundary,
                                                                   MEMORY_CACHING_TYPE CacheType,
                                                                   NODE_REQUIREMENT Node);
NTKERNELAPI PVOID NTAPI MmAllocateContiguousNodeMemory(SIZE_T Bytes, PHYSICAL_ADDRESS Lowest, PHYSICAL_ADDRESS Highest,
                                                       PHYSICAL_ADDRESS Boundary, ULONG Protect, NODE_REQUIREMENT Node);
NTKERNELAPI PVOID NTAPI MmMapVideoDisplay(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T Bytes,
                                          MEMORY_CACHING_TYPE CacheType);
NTKERNELAPI VOID NTAPI MmUnmapVideoDisplay(PVOID BaseAddress, SIZE_T Bytes);
NTKERNELAPI VOID NTAPI MmLockPagableSectionByHandle(PVOID Handle);
NTKERNELAPI NTSTATUS NTAPI MmIsVerifierEnabled(PULONG Flags);
NTKERNELAPI LOGICAL NTAPI MmIsDriverVerifying(PDRIVER_OBJECT Driver);
NTKERNELAPI BOOLEAN NTAPI MmIsThisAnNtAsSystem(VOID);
NTKERNELAPI NTSTATUS NTAPI MmMapViewInSystemSpace(PVOID Section, PVOID *Base, PSIZE_T ViewSize);
NTKERNELAPI NTSTATUS NTAPI MmUnmapViewInSystemSpace(PVOID Base);
extern NTKERNELAPI PVOID MmHighestUserAddress;
extern NTKERNELAPI PVOID MmSystemRangeStart;
extern NTKERNELAPI ULONG64 MmUserProbeAddress;
