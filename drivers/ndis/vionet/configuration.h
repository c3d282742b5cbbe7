/* What the adapter's registry key says: the keywords of vionet.inf. */
#pragma once

/* Directions of a checksum keyword are bits of it. */
#define CHECKSUM_TRANSMIT 0x1
#define CHECKSUM_RECEIVE 0x2
#define TAG_PRIORITY 0x1
#define TAG_VLAN 0x2

struct Configuration {
  PAGE_CODE NDIS_STATUS Read(NDIS_HANDLE Adapter);
  /* No frame is spread over several receive buffers. */
  BOOLEAN FramesInOneBuffer() const;

  ULONG ReceiveScaling; /* *RSS */
  ULONG ScalingQueues;  /* *NumRssQueues */
  ULONG IpChecksum4;    /* *IPChecksumOffloadIPv4 */
  ULONG TcpChecksum4;   /* *TCPChecksumOffloadIPv4 */
  ULONG UdpChecksum4;   /* *UDPChecksumOffloadIPv4 */
  ULONG TcpChecksum6;   /* *TCPChecksumOffloadIPv6 */
  ULONG UdpChecksum6;   /* *UDPChecksumOffloadIPv6 */
  ULONG LargeSend4;     /* *LsoV2IPv4 */
  ULONG LargeSend6;     /* *LsoV2IPv6 */
  ULONG Tagging;        /* *PriorityVLANTag */
  ULONG FrameBytes;     /* *JumboPacket, with the Ethernet header */
  ULONG ReceiveBuffers;
  ULONG TransmitBuffers;
  ULONG BufferBytes;
  ULONG MergeBuffers;
  ULONG IndirectDescriptors;
  ULONG EventIndex;
  ULONG ForceLegacy;
  ULONG WatchSeconds;
  BOOLEAN AddressGiven;
  UCHAR Address[ETH_LENGTH_OF_ADDRESS];

private:
  PAGE_CODE VOID ReadAddress(NDIS_HANDLE Key);
};
