/* Memory of this driver: objects come from NDIS, zeroed; what the device reaches is shared. */
#pragma once

#define INIT_CODE __declspec(code_seg("INIT"))
#define PAGE_CODE __declspec(code_seg("PAGE"))

#define VIONET_TAG 0x74656e56 /* "Vnet" in memory */

/* Whose memory it is: a plain handle would be mistaken for the place of the object. */
struct PoolOf {
  NDIS_HANDLE Adapter;
};

/* Gives NULL when there is no memory, and then runs no constructor. */
void *operator new(size_t Bytes, PoolOf Pool) noexcept;
void *operator new[](size_t Bytes, PoolOf Pool) noexcept;
void operator delete(void *Memory) noexcept;
void operator delete(void *Memory, size_t Bytes) noexcept;
void operator delete[](void *Memory) noexcept;

class SharedMemory {
public:
  PAGE_CODE NDIS_STATUS Allocate(NDIS_HANDLE Adapter, ULONG Length);
  PAGE_CODE VOID Free();
  template <class T> T *At(ULONG Offset) const { return (T *)(Va + Offset); }
  ULONG64 Address(ULONG Offset) const { return (ULONG64)Pa.QuadPart + Offset; }
  VOID Clear() { NdisZeroMemory(Va, Length); }

  NDIS_HANDLE Owner;
  PUCHAR Va;
  NDIS_PHYSICAL_ADDRESS Pa;
  ULONG Length;
};
