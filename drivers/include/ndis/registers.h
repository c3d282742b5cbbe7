/* Device registers, ports and mapped memory, as NDIS headers expand them on x64: no call leaves the driver. */
#pragma once

#define NdisReadRegisterUchar(address, data) ((void)(*(data) = *(volatile UCHAR *)(address)))
#define NdisReadRegisterUshort(address, data) ((void)(*(data) = *(volatile USHORT *)(address)))
#define NdisReadRegisterUlong(address, data) ((void)(*(data) = *(volatile ULONG *)(address)))
#define NdisWriteRegisterUchar(address, data) WRITE_REGISTER_UCHAR((volatile UCHAR *)(address), data)
#define NdisWriteRegisterUshort(address, data) WRITE_REGISTER_USHORT((volatile USHORT *)(address), data)
#define NdisWriteRegisterUlong(address, data) WRITE_REGISTER_ULONG((volatile ULONG *)(address), data)

#define NdisRawReadPortUchar(port, data) ((void)(*(data) = READ_PORT_UCHAR((PUCHAR)(port))))
#define NdisRawReadPortUshort(port, data) ((void)(*(data) = READ_PORT_USHORT((PUSHORT)(port))))
#define NdisRawReadPortUlong(port, data) ((void)(*(data) = READ_PORT_ULONG((PULONG)(port))))
#define NdisRawWritePortUchar(port, data) WRITE_PORT_UCHAR((PUCHAR)(port), data)
#define NdisRawWritePortUshort(port, data) WRITE_PORT_USHORT((PUSHORT)(port), data)
#define NdisRawWritePortUlong(port, data) WRITE_PORT_ULONG((PULONG)(port), data)
#define NdisRawReadPortBufferUlong(port, data, count) READ_PORT_BUFFER_ULONG((PULONG)(port), (PULONG)(data), count)
#define NdisRawWritePortBufferUlong(port, data, count) WRITE_PORT_BUFFER_ULONG((PULONG)(port), (PULONG)(data), count)

#define NdisZeroMappedMemory(target, bytes) RtlZeroMemory(target, bytes)
#define NdisMoveMappedMemory(target, source, bytes) RtlCopyMemory(target, source, bytes)
#define NdisMoveToMappedMemory(target, source, bytes) NdisMoveMappedMemory(target, source, bytes)
#define NdisMoveFromMappedMemory(target, source, bytes) NdisMoveMappedMemory(target, source, bytes)
