/* Work that the stack leaves to the adapter: checksums, large sends, VLAN tags. */
#pragma once

#define ETHERNET_HEADER 14
#define VLAN_TAG 4
#define HEADERS_MOST 192 /* Ethernet with a tag, IP and TCP with all options */
#define LARGE_SEND_MOST 0xf000
#define LARGE_SEND_SEGMENTS 2

/* For each version of IP: directions of checksums, CHECKSUM_TRANSMIT and CHECKSUM_RECEIVE, and large sends. */
struct TASKS {
  ULONG Ip4;
  ULONG Tcp4, Udp4;
  ULONG Tcp6, Udp6;
  ULONG LargeSend4, LargeSend6;
};

class Offload {
public:
  /* What may be used: the keywords' wish, and what the device has agreed to. */
  PAGE_CODE VOID Initialize(const Configuration &Wanted, const VirtioDevice &Device);
  VOID FillHardware(PNDIS_OFFLOAD Offload) const;
  VOID FillCurrent(PNDIS_OFFLOAD Offload) const;
  NDIS_STATUS Set(const NDIS_OFFLOAD_PARAMETERS *Parameters, ULONG Length);
  NDIS_STATUS SetEncapsulation(const NDIS_OFFLOAD_ENCAPSULATION *Encapsulation, ULONG Length);

  ULONG Tagging;
  BOOLEAN TellsEcn; /* of large sends that have CWR set */
  TASKS Active;

private:
  VOID Fill(PNDIS_OFFLOAD Offload, const TASKS &Tasks) const;
  TASKS Can;
};

/* Where the headers of a frame begin, as far as they are what they seem. */
struct FRAME {
  BOOLEAN Parse(const UCHAR *Bytes, ULONG Length);
  /* Where the packet ends by its own length. */
  ULONG End(const UCHAR *Bytes) const;
  /* The sum of the pseudo header for so many bytes of TCP or UDP. */
  USHORT SumPseudoHeader(const UCHAR *Bytes, ULONG TransportBytes) const;
  ULONG Network;   /* IP header, or 0 */
  ULONG Transport; /* TCP or UDP header, or 0 */
  ULONG Payload;   /* of TCP, or 0 */
  UCHAR Version;   /* of IP */
  UCHAR Protocol;

private:
  ULONG Parse4(const UCHAR *Bytes, ULONG Length);
  ULONG Parse6(const UCHAR *Bytes, ULONG Length);
};

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

/* One frame on its way out: the device's header, and those headers of the frame that must be ours to change. */
struct SEND_PLAN {
  NDIS_STATUS Make(const Offload &Offload, PNET_BUFFER_LIST List, PNET_BUFFER Buffer, PUCHAR Headers);
  VIRTIO_NET_HEADER Header;
  ULONG Taken;  /* bytes of the frame that the headers stand for */
  ULONG Copied; /* bytes of the headers: more when a tag went in */

private:
  VOID Enlarge(const FRAME &Frame, PUCHAR Headers, ULONG Length, ULONG SegmentBytes, BOOLEAN TellsEcn);
};

USHORT ChecksumOf(const UCHAR *Bytes, ULONG Length, ULONG Start);
/* On reception: completes a checksum that another guest left to us, and says what has been verified. */
VOID VerifyReceived(const Offload &Offload, VIRTIO_NET_HEADER *Header, PUCHAR Bytes, ULONG Length,
                    PNET_BUFFER_LIST List);
