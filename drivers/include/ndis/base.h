/* Base types of NDIS, and the memory, string and list helpers that its headers define inline. */
#pragma once

#define EXPORT DECLSPEC_IMPORT
#define NDISAPI EXPORT

typedef int NDIS_STATUS, *PNDIS_STATUS;
typedef PVOID NDIS_HANDLE, *PNDIS_HANDLE;
typedef PHYSICAL_ADDRESS NDIS_PHYSICAL_ADDRESS, *PNDIS_PHYSICAL_ADDRESS;
typedef UNICODE_STRING NDIS_STRING, *PNDIS_STRING;
typedef ANSI_STRING NDIS_ANSI_STRING, *PNDIS_ANSI_STRING;
typedef ULONG NDIS_OID, *PNDIS_OID;
typedef ULONG NDIS_PORT_NUMBER, *PNDIS_PORT_NUMBER;
typedef UINT *PUINT;
typedef MDL NDIS_BUFFER, *PNDIS_BUFFER;
typedef CM_PARTIAL_RESOURCE_LIST NDIS_RESOURCE_LIST, *PNDIS_RESOURCE_LIST;
typedef ULONG NET_IFINDEX, *PNET_IFINDEX;
typedef USHORT NET_IFTYPE, *PNET_IFTYPE;

typedef union _NET_LUID {
  ULONG64 Value;
  struct {
    ULONG64 Reserved : 24;
    ULONG64 NetLuidIndex : 24;
    ULONG64 IfType : 16;
  } Info;
} NET_LUID, *PNET_LUID;

typedef struct _NDIS_OBJECT_HEADER {
  UCHAR Type;
  UCHAR Revision;
  USHORT Size;
} NDIS_OBJECT_HEADER, *PNDIS_OBJECT_HEADER;

typedef struct BINARY_DATA {
  USHORT Length;
  PVOID Buffer;
} BINARY_DATA;

#define NDIS_DEFAULT_PORT_NUMBER 0
#define NDIS_MAX_PHYS_ADDRESS_LENGTH 32
#define IF_TYPE_ETHERNET_CSMACD 6
#define ETH_LENGTH_OF_ADDRESS 6
#define ETH_IS_MULTICAST(address) ((BOOLEAN)(((PUCHAR)(address))[0] & 0x01))
#define ETH_IS_BROADCAST(address) \
  ((((PUCHAR)(address))[0] & ((PUCHAR)(address))[1] & ((PUCHAR)(address))[2] & ((PUCHAR)(address))[3] & \
    ((PUCHAR)(address))[4] & ((PUCHAR)(address))[5]) == 0xff)

#define NDIS_STRING_CONST(text) {sizeof(L##text) - sizeof(WCHAR), sizeof(L##text), (PWSTR)L##text}
#define NdisInitUnicodeString(string, text) RtlInitUnicodeString(string, text)
#define NdisEqualString(a, b, ignoreCase) RtlEqualUnicodeString(a, b, ignoreCase)
#define NdisFreeString(string) NdisFreeMemory((string).Buffer, (string).MaximumLength, 0)

#define NdisZeroMemory(target, bytes) RtlZeroMemory(target, bytes)
#define NdisMoveMemory(target, source, bytes) RtlCopyMemory(target, source, bytes)
#define NdisFillMemory(target, bytes, value) memset(target, value, bytes)
#define NdisEqualMemory(a, b, bytes) RtlEqualMemory(a, b, bytes)

#define NdisGetPhysicalAddressLow(address) ((address).LowPart)
#define NdisGetPhysicalAddressHigh(address) ((address).HighPart)
#define NdisSetPhysicalAddressLow(address, value) ((address).LowPart = (value))
#define NdisSetPhysicalAddressHigh(address, value) ((address).HighPart = (value))

#define NdisInitializeListHead(head) InitializeListHead(head)
#define NdisInterlockedIncrement(addend) InterlockedIncrement(addend)
#define NdisInterlockedDecrement(addend) InterlockedDecrement(addend)
#define NdisGetCurrentSystemTime(time) KeQuerySystemTime(time)
#define NdisStallExecution(microseconds) KeStallExecutionProcessor(microseconds)
