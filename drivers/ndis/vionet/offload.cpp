/* Checksums, large sends and VLAN tags of single frames. */
#include "vionet.h"

#define TYPE_IPV4 0x0800
#define TYPE_VLAN 0x8100
#define TYPE_IPV6 0x86dd
#define IPV4_LEAST 20
#define IPV4_LENGTH 2
#define IPV4_FRAGMENT 6
#define IPV4_PROTOCOL 9
#define IPV4_CHECKSUM 10
#define IPV4_ADDRESSES 12
#define IPV6_BYTES 40
#define IPV6_LENGTH 4
#define IPV6_NEXT 6
#define IPV6_ADDRESSES 8
#define TCP_LEAST 20
#define TCP_OFFSET 12
#define TCP_FLAGS 13
#define TCP_CWR 0x80
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

/* Where what the header carries begins, or 0; of a fragment only the header counts. */
ULONG FRAME::Parse4(const UCHAR *Bytes, ULONG Length) {
  ULONG header = (Bytes[Network] & 0xf) * 4;
  if (header < IPV4_LEAST || Length < Network + header) {
    Network = 0;
    return 0;
  }
  if (Read16(Bytes + Network + IPV4_FRAGMENT) & 0x3fff) return 0;
  Protocol = Bytes[Network + IPV4_PROTOCOL];
  return Network + header;
}

/* Extension headers are nothing that this driver said it could pass over. */
ULONG FRAME::Parse6(const UCHAR *Bytes, ULONG Length) {
  if (Length < Network + IPV6_BYTES) {
    Network = 0;
    return 0;
  }
  Protocol = Bytes[Network + IPV6_NEXT];
  return Network + IPV6_BYTES;
}

/* IP in Ethernet, with or without a tag. */
BOOLEAN FRAME::Parse(const UCHAR *Bytes, ULONG Length) {
  ULONG network = ETHERNET_HEADER;
  Network = Transport = Payload = 0;
  Version = Protocol = 0;
  if (Length < network) return FALSE;
  if (Read16(Bytes + network - 2) == TYPE_VLAN) network += VLAN_TAG;
  if (Length < network + IPV4_LEAST) return FALSE;
  USHORT type = Read16(Bytes + network - 2);
  UCHAR version = Bytes[network] >> 4;
  if (!(type == TYPE_IPV4 && version == 4) && !(type == TYPE_IPV6 && version == 6)) return FALSE;
  Network = network;
  Version = version;
  ULONG at = version == 4 ? Parse4(Bytes, Length) : Parse6(Bytes, Length);
  if (at == 0) return Network != 0;
  if (Protocol == PROTOCOL_UDP && Length >= at + UDP_LEAST) Transport = at;
  if (Protocol == PROTOCOL_TCP && Length >= at + TCP_LEAST) {
    Transport = at;
    Payload = at + (Bytes[at + TCP_OFFSET] >> 4) * 4;
  }
  return TRUE;
}

ULONG FRAME::End(const UCHAR *Bytes) const {
  if (Version == 4) return Network + Read16(Bytes + Network + IPV4_LENGTH);
  return Network + IPV6_BYTES + Read16(Bytes + Network + IPV6_LENGTH);
}

USHORT FRAME::SumPseudoHeader(const UCHAR *Bytes, ULONG TransportBytes) const {
  const UCHAR *addresses = Bytes + Network + (Version == 4 ? IPV4_ADDRESSES : IPV6_ADDRESSES);
  return ChecksumOf(addresses, Version == 4 ? 8 : 32, TransportBytes + Protocol);
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

/* A large send: what the stack left out of its headers, since every segment has another, is put in for the whole. */
VOID SEND_PLAN::Enlarge(const FRAME &Frame, PUCHAR Headers, ULONG Length, ULONG SegmentBytes, BOOLEAN TellsEcn) {
  ULONG packet = Length - Frame.Network;
  BOOLEAN version4 = Frame.Version == 4;
  Write16(Headers + Frame.Network + (version4 ? IPV4_LENGTH : IPV6_LENGTH),
          (USHORT)(version4 ? packet : packet - IPV6_BYTES));
  Write16(Headers + Frame.Transport + TCP_CHECKSUM, Frame.SumPseudoHeader(Headers, Length - Frame.Transport));
  Header.GsoType = version4 ? VIRTIO_NET_GSO_TCPV4 : VIRTIO_NET_GSO_TCPV6;
  if (TellsEcn && (Headers[Frame.Transport + TCP_FLAGS] & TCP_CWR)) Header.GsoType |= VIRTIO_NET_GSO_ECN;
  Header.GsoSize = (USHORT)SegmentBytes;
  Header.HeaderBytes = (USHORT)Frame.Payload;
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
  ULONG cuts = frame.Version == 6 ? Offload.Active.LargeSend6 : Offload.Active.LargeSend4;
  BOOLEAN inSight = frame.Payload >= frame.Transport + TCP_LEAST && frame.Payload <= look;
  BOOLEAN cuttable = cuts && inSight && segment <= MAXUSHORT;
  if (segment != 0 && !cuttable) return NDIS_STATUS_INVALID_PACKET;

  Taken = Copied = segment != 0 ? frame.Payload : frame.Transport != 0 ? frame.Transport : min(look, 64u);
  if (bytes != Headers) NdisMoveMemory(Headers, bytes, Taken);
  if (segment != 0) Enlarge(frame, Headers, length, segment, Offload.TellsEcn);
  if (frame.Version == 4 && (segment != 0 || sums.Transmit.IpHeaderChecksum)) SumNetworkHeader(Headers + frame.Network);
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
  ULONG bytes = Frame.End(Bytes) - Frame.Transport;
  return ChecksumOf(Bytes + Frame.Transport, bytes, Frame.SumPseudoHeader(Bytes, bytes)) == 0xffff;
}

/* A frame from another guest of the host: what stands in the field is the sum of the pseudo header. */
static VOID Complete(const VIRTIO_NET_HEADER *Header, PUCHAR Bytes, ULONG Length) {
  ULONG start = Header->ChecksumStart;
  ULONG at = start + Header->ChecksumOffset;
  if (at + sizeof(USHORT) > Length) return;
  USHORT sum = (USHORT)~ChecksumOf(Bytes + start, Length - start, 0);
  Write16(Bytes + at, sum == 0 && Header->ChecksumOffset == UDP_CHECKSUM ? 0xffff : sum);
}

VOID VerifyReceived(const Offload &Offload, VIRTIO_NET_HEADER *Header, PUCHAR Bytes, ULONG Length,
                    PNET_BUFFER_LIST List) {
  NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO result;
  const TASKS &tasks = Offload.Active;
  FRAME frame;
  result.Value = NULL;
  if (Header->Flags & VIRTIO_NET_NEEDS_CSUM) Complete(Header, Bytes, Length);
  if (frame.Parse(Bytes, Length)) {
    BOOLEAN version4 = frame.Version == 4;
    if (version4 && (tasks.Ip4 & CHECKSUM_RECEIVE)) {
      const UCHAR *network = Bytes + frame.Network;
      BOOLEAN right = ChecksumOf(network, (network[0] & 0xf) * 4, 0) == 0xffff;
      result.Receive.IpChecksumSucceeded = right;
      result.Receive.IpChecksumFailed = !right;
    }
    BOOLEAN tcp = frame.Protocol == PROTOCOL_TCP;
    ULONG wanted = tcp ? (version4 ? tasks.Tcp4 : tasks.Tcp6) : (version4 ? tasks.Udp4 : tasks.Udp6);
    ULONG end = frame.End(Bytes);
    BOOLEAN whole = frame.Transport != 0 && end <= Length && end > frame.Transport;
    BOOLEAN unsummed = !tcp && whole && Read16(Bytes + frame.Transport + UDP_CHECKSUM) == 0;
    if ((wanted & CHECKSUM_RECEIVE) && whole && !unsummed) {
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
  BOOLEAN sums = Device.Has(VIRTIO_NET_F_CSUM);
  ULONG transport = CHECKSUM_RECEIVE | (sums ? CHECKSUM_TRANSMIT : 0);
  Tagging = Wanted.Tagging;
  TellsEcn = Device.Has(VIRTIO_NET_F_HOST_ECN);
  Can.Ip4 = CHECKSUM_TRANSMIT | CHECKSUM_RECEIVE; /* our own work */
  Can.Tcp4 = Can.Udp4 = Can.Tcp6 = Can.Udp6 = transport;
  Can.LargeSend4 = sums && Device.Has(VIRTIO_NET_F_HOST_TSO4);
  Can.LargeSend6 = sums && Device.Has(VIRTIO_NET_F_HOST_TSO6);
  Active.Ip4 = Wanted.IpChecksum4 & Can.Ip4;
  Active.Tcp4 = Wanted.TcpChecksum4 & transport;
  Active.Udp4 = Wanted.UdpChecksum4 & transport;
  Active.Tcp6 = Wanted.TcpChecksum6 & transport;
  Active.Udp6 = Wanted.UdpChecksum6 & transport;
  Active.LargeSend4 = Wanted.LargeSend4 && Can.LargeSend4;
  Active.LargeSend6 = Wanted.LargeSend6 && Can.LargeSend6;
}

template <typename CHECKSUMS>
static VOID FillTransport(CHECKSUMS *Checksums, ULONG Tcp, ULONG Udp, ULONG Direction, ULONG Encapsulation) {
  Checksums->Encapsulation = Encapsulation;
  Checksums->TcpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
  Checksums->TcpChecksum = (Tcp & Direction) != 0;
  Checksums->UdpChecksum = (Udp & Direction) != 0;
}

template <typename CHECKSUMS>
static VOID FillNetwork(CHECKSUMS *Checksums, ULONG Ip, ULONG Direction) {
  Checksums->IpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
  Checksums->IpChecksum = (Ip & Direction) != 0;
}

VOID Offload::Fill(PNDIS_OFFLOAD Offload, const TASKS &Tasks) const {
  static const ULONG directions[] = {CHECKSUM_TRANSMIT, CHECKSUM_RECEIVE};
  ULONG encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;
  if (Tagging) encapsulation |= NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q | NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q_IN_OOB;
  NdisZeroMemory(Offload, sizeof(*Offload));
  Offload->Header.Type = NDIS_OBJECT_TYPE_OFFLOAD;
  Offload->Header.Revision = NDIS_OFFLOAD_REVISION_3;
  Offload->Header.Size = NDIS_SIZEOF_NDIS_OFFLOAD_REVISION_3;
  for (ULONG direction : directions) {
    auto *four = direction == CHECKSUM_TRANSMIT ? &Offload->Checksum.IPv4Transmit : &Offload->Checksum.IPv4Receive;
    auto *six = direction == CHECKSUM_TRANSMIT ? &Offload->Checksum.IPv6Transmit : &Offload->Checksum.IPv6Receive;
    if ((Tasks.Ip4 | Tasks.Tcp4 | Tasks.Udp4) & direction) {
      FillTransport(four, Tasks.Tcp4, Tasks.Udp4, direction, encapsulation);
      FillNetwork(four, Tasks.Ip4, direction);
    }
    if ((Tasks.Tcp6 | Tasks.Udp6) & direction) FillTransport(six, Tasks.Tcp6, Tasks.Udp6, direction, encapsulation);
  }
  if (Tasks.LargeSend4) {
    Offload->LsoV2.IPv4.Encapsulation = encapsulation;
    Offload->LsoV2.IPv4.MaxOffLoadSize = LARGE_SEND_MOST;
    Offload->LsoV2.IPv4.MinSegmentCount = LARGE_SEND_SEGMENTS;
  }
  if (Tasks.LargeSend6) {
    Offload->LsoV2.IPv6.Encapsulation = encapsulation;
    Offload->LsoV2.IPv6.MaxOffLoadSize = LARGE_SEND_MOST;
    Offload->LsoV2.IPv6.MinSegmentCount = LARGE_SEND_SEGMENTS;
    Offload->LsoV2.IPv6.TcpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
  }
}

VOID Offload::FillHardware(PNDIS_OFFLOAD Offload) const { Fill(Offload, Can); }

VOID Offload::FillCurrent(PNDIS_OFFLOAD Offload) const { Fill(Offload, Active); }

/* The parameter counts from "both disabled"; anything that cannot be done is refused. */
static BOOLEAN Apply(UCHAR Parameter, ULONG Can, PULONG Setting) {
  static const UCHAR directions[] = {0, 0, CHECKSUM_TRANSMIT, CHECKSUM_RECEIVE, CHECKSUM_TRANSMIT | CHECKSUM_RECEIVE};
  if (Parameter == NDIS_OFFLOAD_PARAMETERS_NO_CHANGE) return TRUE;
  if (Parameter >= ARRAYSIZE(directions) || (directions[Parameter] & ~Can) != 0) return FALSE;
  *Setting = directions[Parameter];
  return TRUE;
}

static BOOLEAN ApplyLargeSend(UCHAR Parameter, ULONG Can, PULONG Setting) {
  if (Parameter == NDIS_OFFLOAD_PARAMETERS_NO_CHANGE) return TRUE;
  BOOLEAN large = Parameter == NDIS_OFFLOAD_PARAMETERS_LSOV2_ENABLED;
  if (large && !Can) return FALSE;
  *Setting = large;
  return TRUE;
}

/* All of it or nothing. */
NDIS_STATUS Offload::Set(const NDIS_OFFLOAD_PARAMETERS *Parameters, ULONG Length) {
  if (Length < NDIS_SIZEOF_OFFLOAD_PARAMETERS_REVISION_1) return NDIS_STATUS_INVALID_LENGTH;
  TASKS next = Active;
  BOOLEAN possible = Apply(Parameters->IPv4Checksum, Can.Ip4, &next.Ip4) &&
                     Apply(Parameters->TCPIPv4Checksum, Can.Tcp4, &next.Tcp4) &&
                     Apply(Parameters->UDPIPv4Checksum, Can.Udp4, &next.Udp4) &&
                     Apply(Parameters->TCPIPv6Checksum, Can.Tcp6, &next.Tcp6) &&
                     Apply(Parameters->UDPIPv6Checksum, Can.Udp6, &next.Udp6) &&
                     ApplyLargeSend(Parameters->LsoV2IPv4, Can.LargeSend4, &next.LargeSend4) &&
                     ApplyLargeSend(Parameters->LsoV2IPv6, Can.LargeSend6, &next.LargeSend6);
  if (!possible || Parameters->LsoV1 == NDIS_OFFLOAD_PARAMETERS_LSOV1_ENABLED) return NDIS_STATUS_NOT_SUPPORTED;
  Active = next;
  return NDIS_STATUS_SUCCESS;
}

/* Ethernet is all that this adapter can be asked to carry. */
template <typename ENCAPSULATION> static BOOLEAN IsCarried(const ENCAPSULATION &Version) {
  if (Version.Enabled != NDIS_OFFLOAD_SET_ON) return TRUE;
  return Version.EncapsulationType == NDIS_ENCAPSULATION_IEEE_802_3 && Version.HeaderSize == ETHERNET_HEADER;
}

NDIS_STATUS Offload::SetEncapsulation(const NDIS_OFFLOAD_ENCAPSULATION *Encapsulation, ULONG Length) {
  if (Length < NDIS_SIZEOF_OFFLOAD_ENCAPSULATION_REVISION_1) return NDIS_STATUS_INVALID_LENGTH;
  BOOLEAN carried = IsCarried(Encapsulation->IPv4) && IsCarried(Encapsulation->IPv6);
  return carried ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_PARAMETER;
}
