/** Wire facts of Ethernet and of what it carries (IEEE 802.3 clause 3, 802.1Q; RFC 768, 791, 792, 793, 826, 3168, 8200). */

export const ADDRESS_BYTES = 6;
export const HEADER_BYTES = 14;
/** Without the frame check sequence (802.3, 4.4.2). */
export const MIN_FRAME_BYTES = 60;
export const MAX_FRAME_BYTES = 1514;
export const FCS_BYTES = 4;
export const VLAN_TAG_BYTES = 4;

export const DESTINATION = 0;
export const SOURCE = 6;
export const TYPE = 12;
/** First octet, least significant bit: a group address. */
export const GROUP_BIT = 0x01;

export const TYPE_IPV4 = 0x0800;
export const TYPE_ARP = 0x0806;
export const TYPE_VLAN = 0x8100;
export const TYPE_IPV6 = 0x86dd;

/** IPv4 header (RFC 791, 3.1), from its start. */
export const IPV4_HEADER_BYTES = 20;
export const IPV4_TOTAL_LENGTH = 2;
export const IPV4_IDENTIFICATION = 4;
export const IPV4_FRAGMENT = 6;
export const IPV4_FRAGMENT_MASK = 0x3fff;
export const IPV4_PROTOCOL = 9;
export const IPV4_CHECKSUM = 10;
export const IPV4_SOURCE = 12;
export const IPV4_DESTINATION = 16;
/** IPv6 header (RFC 8200, 3). */
export const IPV6_HEADER_BYTES = 40;
export const IPV6_PAYLOAD_LENGTH = 4;
export const IPV6_NEXT_HEADER = 6;
export const IPV6_SOURCE = 8;
/** Extension headers: options for every hop, and for the destination (RFC 8200, 4.3, 4.6). */
export const IPV6_HOP_OPTIONS = 0;
export const IPV6_DESTINATION_OPTIONS = 60;

export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;

/** TCP (RFC 793, 3.1) and UDP (RFC 768). */
export const TCP_HEADER_BYTES = 20;
export const TCP_SEQUENCE = 4;
export const TCP_DATA_OFFSET = 12;
export const TCP_FLAGS = 13;
export const TCP_CHECKSUM = 16;
export const TCP_FIN = 0x01;
export const TCP_PSH = 0x08;
/** Congestion window reduced (RFC 3168, 6.1). */
export const TCP_CWR = 0x80;
export const UDP_HEADER_BYTES = 8;
export const UDP_LENGTH = 4;
export const UDP_CHECKSUM = 6;

/** ICMP (RFC 792). */
export const ICMP_ECHO_REPLY = 0;
export const ICMP_ECHO = 8;
export const ICMP_CHECKSUM = 2;

/** ARP for IPv4 over Ethernet (RFC 826), from its start. */
export const ARP_BYTES = 28;
export const ARP_OPERATION = 6;
export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;
export const ARP_SENDER_HARDWARE = 8;
export const ARP_SENDER_PROTOCOL = 14;
export const ARP_TARGET_HARDWARE = 18;
export const ARP_TARGET_PROTOCOL = 24;
