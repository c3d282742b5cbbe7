/* Checksums, large sends and VLAN tags of single frames. */
#include "vionet.h"

#define TYPE_IPV4 0x0800
#define TYPE_VLAN 0x8100
#define IPV4_LEAST 20
#define IPV4_LENGTH 2
#define IPV4_FRAGMENT 6
#define IPV4_PROTOCOL 9
#define IPV4_CHECKSUM 10
#define IPV4_ADDRESSES 12
#define TCP_LEAST 20
#define TCP_OFFSET 12
#define TCP_CHECKSUM 16
#define UDP_LEAST 8
#define UDP_CHECKSUM 6

static USHORT Read16(const UCHAR *At) { return (USHORT)(At[0] << 8 | At[1]); }

static VOID Write16(PUCHAR At, USHORT Value) {
  At[0] = (UCHAR)(Value >> 8);
  At[1] = (UCHAR)Value;
}

/* The ones' complement sum of big-endian words, on top of another sum. */
USHORT ChecksumOf(const UCHAR *Bytes, ULONG Length, ULONG Start) {
  ULONG sum = Start;
  for (ULONG i = 0; i + 1 < Length; i += 2) sum += Read16(Bytes + i);
  if (Length & 1) sum += Bytes[Length - 1] << 8;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (USHORT)sum;
}

/* IPv4 in Ethernet, with or without a tag; of a fragment only the network header counts. */
BOOLEAN FRAME::Parse(const UCHAR *Bytes, ULONG Length) {
  Network = Transport = Payload = 0;
  Protocol = 0;
  ULONG at = ETHERNET_HEADER;
  if (Length < at) return FALSE;
  if (Read16(Bytes + at - 2) == TYPE_VLAN) at += VLAN_TAG;
  if (Length < at + IPV4_LEAST || Read16(Bytes + at - 2) != TYPE_IPV4 || Bytes[at] >> 4 != 4) return FALSE;
  ULONG header = (Bytes[at] & 0xf) * 4;
  if (header < IPV4_LEAST || Length < at + header) return FALSE;
  Network = at;
  if (Read16(Bytes + at + IPV4_FRAGMENT) & 0x3fff) return TRUE;
  Protocol = Bytes[at + IPV4_PROTOCOL];
  at += header;
  if (Protocol == PROTOCOL_UDP && Length >= at + UDP_LEAST) Transport = at;
  if (Protocol == PROTOCOL_TCP && Length >= at + TCP_LEAST) {
    Transport = at;
    Payload = at + (Bytes[at + TCP_OFFSET] >> 4) * 4;
  }
  return TRUE;
}

static VOID InsertTag(PUCHAR Headers, PULONG Copied, NDIS_NET_BUFFER_LIST_8021Q_INFO Tag) {
  PUCHAR at = Headers + 2 * ETH_LENGTH_OF_ADDRESS;
  memmove(at + VLAN_TAG, at, *Copied - 2 * ETH_LENGTH_OF_ADDRESS);
  Write16(at, TYPE_VLAN);
  Write16(at + 2, (USHORT)(Tag.TagHeader.UserPriority << 13 | Tag.TagHeader.CanonicalFormatId << 12 |
                           Tag.TagHeader.VlanId));
  *Copied += VLAN_TAG;
}

static VOID SumNetworkHeader(PUCHAR Header) {
  Write16(Header + IPV4_CHECKSUM, 0);
  Write16(Header + IPV4_CHECKSUM, (USHORT)~ChecksumOf(Header, (Header[0] & 0xf) * 4, 0));
}

/* What the stack puts into the checksum field of a large send lacks the length. */
static VOID SumPseudoHeader(PUCHAR Network, PUCHAR Checksum, ULONG SegmentBytes, UCHAR Protocol) {
  Write16(Checksum, ChecksumOf(Network + IPV4_ADDRESSES, 8, SegmentBytes + Protocol));
}

NDIS_STATUS SEND_PLAN::Make(const Offload &Offload, PNET_BUFFER_LIST List, PNET_BUFFER Buffer, PUCHAR Headers) {
  NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO sums;
  NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large;
  NDIS_NET_BUFFER_LIST_8021Q_INFO tag;
  sums.Value = NET_BUFFER_LIST_INFO(List, TcpIpChecksumNetBufferListInfo);
  large.Value = NET_BUFFER_LIST_INFO(List, TcpLargeSendNetBufferListInfo);
  tag.Value = NET_BUFFER_LIST_INFO(List, Ieee8021QNetBufferListInfo);
  NdisZeroMemory(&Header, sizeof(Header));
  Taken = Copied = 0;
  if (sums.Value == NULL && large.Value == NULL && tag.Value == NULL) return NDIS_STATUS_SUCCESS;

  ULONG length = NET_BUFFER_DATA_LENGTH(Buffer);
  ULONG look = min(length, (ULONG)HEADERS_MOST - VLAN_TAG);
  const UCHAR *bytes = (const UCHAR *)NdisGetDataBuffer(Buffer, look, Headers, 1, 0);
  if (bytes == NULL) return NDIS_STATUS_RESOURCES;
  FRAME frame;
  frame.Parse(bytes, look);
  ULONG segment = large.LsoV2Transmit.MSS;
  BOOLEAN sumsTransport = segment != 0 || sums.Transmit.TcpChecksum || sums.Transmit.UdpChecksum;
  if (sumsTransport && frame.Transport == 0) return NDIS_STATUS_INVALID_PACKET;
  BOOLEAN cuttable = Offload.LargeSend4 && frame.Payload != 0 && frame.Payload <= look;
  if (segment != 0 && !cuttable) return NDIS_STATUS_INVALID_PACKET;

  Taken = Copied = segment != 0 ? frame.Payload : frame.Transport != 0 ? frame.Transport : min(look, 64u);
  if (bytes != Headers) NdisMoveMemory(Headers, bytes, Taken);
  if (segment != 0) {
    Write16(Headers + frame.Network + IPV4_LENGTH, (USHORT)(length - frame.Network));
    SumPseudoHeader(Headers + frame.Network, Headers + frame.Transport + TCP_CHECKSUM, length - frame.Transport,
                    PROTOCOL_TCP);
    Header.GsoType = VIRTIO_NET_GSO_TCPV4;
    Header.GsoSize = (USHORT)segment;
    Header.HeaderBytes = (USHORT)frame.Payload;
  }
  if (frame.Network != 0 && (segment != 0 || sums.Transmit.IpHeaderChecksum)) SumNetworkHeader(Headers + frame.Network);
  if (sumsTransport) {
    Header.Flags = VIRTIO_NET_NEEDS_CSUM;
    Header.ChecksumStart = (USHORT)frame.Transport;
    Header.ChecksumOffset = frame.Protocol == PROTOCOL_TCP ? TCP_CHECKSUM : UDP_CHECKSUM;
  }
  if (tag.Value == NULL || Offload.Tagging == 0) return NDIS_STATUS_SUCCESS;
  if (!(Offload.Tagging & TAG_VLAN)) tag.TagHeader.VlanId = 0;
  if (!(Offload.Tagging & TAG_PRIORITY)) tag.TagHeader.UserPriority = 0;
  InsertTag(Headers, &Copied, tag);
  if (Header.Flags) Header.ChecksumStart += VLAN_TAG;
  if (Header.GsoType) Header.HeaderBytes += VLAN_TAG;
  return NDIS_STATUS_SUCCESS;
}

/* A sum over header, data and pseudo header that is right comes to all ones. */
static BOOLEAN TransportIsRight(const FRAME &Frame, const UCHAR *Bytes) {
  ULONG end = Frame.Network + Read16(Bytes + Frame.Network + IPV4_LENGTH);
  ULONG bytes = end - Frame.Transport;
  ULONG pseudo = ChecksumOf(Bytes + Frame.Network + IPV4_ADDRESSES, 8, bytes + Frame.Protocol);
  return ChecksumOf(Bytes + Frame.Transport, bytes, pseudo) == 0xffff;
}

VOID VerifyReceived(const Offload &Offload, VIRTIO_NET_HEADER *Header, PUCHAR Bytes, ULONG Length,
                    PNET_BUFFER_LIST List) {
  NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO result;
  FRAME frame;
  result.Value = NULL;
  if (Header->Flags & VIRTIO_NET_NEEDS_CSUM) {
    ULONG start = Header->ChecksumStart;
    ULONG at = start + Header->ChecksumOffset;
    if (at + sizeof(USHORT) <= Length) Write16(Bytes + at, (USHORT)~ChecksumOf(Bytes + start, Length - start, 0));
  }
  if (frame.Parse(Bytes, Length)) {
    const UCHAR *network = Bytes + frame.Network;
    ULONG total = Read16(network + IPV4_LENGTH);
    if (Offload.IpChecksum4 & CHECKSUM_RECEIVE) {
      BOOLEAN right = ChecksumOf(network, (network[0] & 0xf) * 4, 0) == 0xffff;
      result.Receive.IpChecksumSucceeded = right;
      result.Receive.IpChecksumFailed = !right;
    }
    BOOLEAN tcp = frame.Protocol == PROTOCOL_TCP;
    ULONG wanted = (tcp ? Offload.TcpChecksum4 : Offload.UdpChecksum4) & CHECKSUM_RECEIVE;
    BOOLEAN whole = frame.Transport != 0 && frame.Network + total <= Length && frame.Network + total > frame.Transport;
    BOOLEAN unsummed = !tcp && whole && Read16(Bytes + frame.Transport + UDP_CHECKSUM) == 0;
    if (wanted && whole && !unsummed) {
      BOOLEAN vouched = (Header->Flags & (VIRTIO_NET_DATA_VALID | VIRTIO_NET_NEEDS_CSUM)) != 0;
      BOOLEAN right = vouched || TransportIsRight(frame, Bytes);
      if (tcp) {
        result.Receive.TcpChecksumSucceeded = right;
        result.Receive.TcpChecksumFailed = !right;
      } else {
        result.Receive.UdpChecksumSucceeded = right;
        result.Receive.UdpChecksumFailed = !right;
      }
    }
  }
  NET_BUFFER_LIST_INFO(List, TcpIpChecksumNetBufferListInfo) = result.Value;
}

PAGE_CODE VOID Offload::Initialize(const Configuration &Wanted, const VirtioDevice &Device) {
  Tagging = Wanted.Tagging;
  CanIp4 = CHECKSUM_TRANSMIT | CHECKSUM_RECEIVE; /* our own work */
  CanTransport4 = CHECKSUM_RECEIVE | (Device.Has(VIRTIO_NET_F_CSUM) ? CHECKSUM_TRANSMIT : 0);
  CanSendLarge4 = Device.Has(VIRTIO_NET_F_CSUM) && Device.Has(VIRTIO_NET_F_HOST_TSO4);
  IpChecksum4 = Wanted.IpChecksum4 & CanIp4;
  TcpChecksum4 = Wanted.TcpChecksum4 & CanTransport4;
  UdpChecksum4 = Wanted.UdpChecksum4 & CanTransport4;
  LargeSend4 = Wanted.LargeSend4 && CanSendLarge4;
}

VOID Offload::Fill(PNDIS_OFFLOAD Offload, ULONG Ip, ULONG Tcp, ULONG Udp, ULONG LargeSend) const {
  ULONG encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;
  if (Tagging) encapsulation |= NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q | NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q_IN_OOB;
  NdisZeroMemory(Offload, sizeof(*Offload));
  Offload->Header.Type = NDIS_OBJECT_TYPE_OFFLOAD;
  Offload->Header.Revision = NDIS_OFFLOAD_REVISION_3;
  Offload->Header.Size = NDIS_SIZEOF_NDIS_OFFLOAD_REVISION_3;
  if ((Ip | Tcp | Udp) & CHECKSUM_TRANSMIT) {
    auto &transmit = Offload->Checksum.IPv4Transmit;
    transmit.Encapsulation = encapsulation;
    transmit.IpOptionsSupported = transmit.TcpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
    transmit.IpChecksum = (Ip & CHECKSUM_TRANSMIT) != 0;
    transmit.TcpChecksum = (Tcp & CHECKSUM_TRANSMIT) != 0;
    transmit.UdpChecksum = (Udp & CHECKSUM_TRANSMIT) != 0;
  }
  if ((Ip | Tcp | Udp) & CHECKSUM_RECEIVE) {
    auto &receive = Offload->Checksum.IPv4Receive;
    receive.Encapsulation = encapsulation;
    receive.IpOptionsSupported = receive.TcpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
    receive.IpChecksum = (Ip & CHECKSUM_RECEIVE) != 0;
    receive.TcpChecksum = (Tcp & CHECKSUM_RECEIVE) != 0;
    receive.UdpChecksum = (Udp & CHECKSUM_RECEIVE) != 0;
  }
  if (LargeSend) {
    Offload->LsoV2.IPv4.Encapsulation = encapsulation;
    Offload->LsoV2.IPv4.MaxOffLoadSize = LARGE_SEND_MOST;
    Offload->LsoV2.IPv4.MinSegmentCount = LARGE_SEND_SEGMENTS;
  }
}

VOID Offload::FillHardware(PNDIS_OFFLOAD Offload) const {
  Fill(Offload, CanIp4, CanTransport4, CanTransport4, CanSendLarge4);
}

VOID Offload::FillCurrent(PNDIS_OFFLOAD Offload) const {
  Fill(Offload, IpChecksum4, TcpChecksum4, UdpChecksum4, LargeSend4);
}

/* The parameter counts from "both disabled"; anything that cannot be done is refused. */
static BOOLEAN Apply(UCHAR Parameter, ULONG Can, PULONG Setting) {
  static const UCHAR directions[] = {0, 0, CHECKSUM_TRANSMIT, CHECKSUM_RECEIVE, CHECKSUM_TRANSMIT | CHECKSUM_RECEIVE};
  if (Parameter == NDIS_OFFLOAD_PARAMETERS_NO_CHANGE) return TRUE;
  if (Parameter >= ARRAYSIZE(directions) || (directions[Parameter] & ~Can) != 0) return FALSE;
  *Setting = directions[Parameter];
  return TRUE;
}

/* All of it or nothing. */
NDIS_STATUS Offload::Set(const NDIS_OFFLOAD_PARAMETERS *Parameters, ULONG Length) {
  if (Length < NDIS_SIZEOF_OFFLOAD_PARAMETERS_REVISION_1) return NDIS_STATUS_INVALID_LENGTH;
  Offload next = *this;
  BOOLEAN possible = Apply(Parameters->IPv4Checksum, CanIp4, &next.IpChecksum4) &&
                     Apply(Parameters->TCPIPv4Checksum, CanTransport4, &next.TcpChecksum4) &&
                     Apply(Parameters->UDPIPv4Checksum, CanTransport4, &next.UdpChecksum4);
  BOOLEAN others = Parameters->TCPIPv6Checksum > NDIS_OFFLOAD_PARAMETERS_TX_RX_DISABLED ||
                   Parameters->UDPIPv6Checksum > NDIS_OFFLOAD_PARAMETERS_TX_RX_DISABLED ||
                   Parameters->LsoV1 == NDIS_OFFLOAD_PARAMETERS_LSOV1_ENABLED ||
                   Parameters->LsoV2IPv6 == NDIS_OFFLOAD_PARAMETERS_LSOV2_ENABLED;
  BOOLEAN large = Parameters->LsoV2IPv4 == NDIS_OFFLOAD_PARAMETERS_LSOV2_ENABLED;
  if (!possible || others || (large && !CanSendLarge4)) return NDIS_STATUS_NOT_SUPPORTED;
  if (Parameters->LsoV2IPv4 != NDIS_OFFLOAD_PARAMETERS_NO_CHANGE) next.LargeSend4 = large;
  *this = next;
  return NDIS_STATUS_SUCCESS;
}

/* Ethernet is all that this adapter can be asked to carry. */
NDIS_STATUS Offload::SetEncapsulation(const NDIS_OFFLOAD_ENCAPSULATION *Encapsulation, ULONG Length) {
  if (Length < NDIS_SIZEOF_OFFLOAD_ENCAPSULATION_REVISION_1) return NDIS_STATUS_INVALID_LENGTH;
  BOOLEAN wants4 = Encapsulation->IPv4.Enabled == NDIS_OFFLOAD_SET_ON;
  if (!wants4) return NDIS_STATUS_SUCCESS;
  BOOLEAN ethernet = Encapsulation->IPv4.EncapsulationType == NDIS_ENCAPSULATION_IEEE_802_3 &&
                     Encapsulation->IPv4.HeaderSize == ETHERNET_HEADER;
  return ethernet ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_PARAMETER;
}
