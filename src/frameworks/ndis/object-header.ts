/** NDIS_OBJECT_HEADER: the type, revision and size that begin every versioned structure (ndis/objectheader.h of WDK 10.0.22621). */

import type { Kernel } from '../../kernel/kernel.ts';
import { struct, u8, u16 } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';

export const HEADER = struct({
  name: 'NDIS_OBJECT_HEADER',
  size: { x64: 4, x86: 4 },
  fields: { Type: u8, Revision: u8, Size: u16 },
});

/** NDIS_OBJECT_TYPE_xxx. */
export const OBJECT = {
  DEFAULT: 0x80,
  MINIPORT_INIT_PARAMETERS: 0x81,
  SG_DMA_DESCRIPTION: 0x83,
  MINIPORT_INTERRUPT: 0x84,
  DEVICE_OBJECT_ATTRIBUTES: 0x85,
  RSS_PARAMETERS: 0x89,
  MINIPORT_DRIVER_CHARACTERISTICS: 0x8a,
  FILTER_DRIVER_CHARACTERISTICS: 0x8b,
  CO_MINIPORT_CHARACTERISTICS: 0x91,
  MINIPORT_PNP_CHARACTERISTICS: 0x92,
  PROTOCOL_DRIVER_CHARACTERISTICS: 0x95,
  OID_REQUEST: 0x96,
  TIMER_CHARACTERISTICS: 0x97,
  STATUS_INDICATION: 0x98,
  PORT_CHARACTERISTICS: 0x9c,
  MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES: 0x9e,
  MINIPORT_ADAPTER_GENERAL_ATTRIBUTES: 0x9f,
  MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES: 0xa0,
  MINIPORT_ADAPTER_NATIVE_802_11_ATTRIBUTES: 0xa1,
  RESTART_GENERAL_ATTRIBUTES: 0xa2,
  MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES: 0xa4,
  OFFLOAD_ENCAPSULATION: 0xa8,
  CONFIGURATION_OBJECT: 0xa9,
  MINIPORT_ADAPTER_HARDWARE_ASSIST_ATTRIBUTES: 0xaf,
  RSS_PROCESSOR_INFO: 0xb1,
  MINIPORT_ADAPTER_NDK_ATTRIBUTES: 0xb3,
  MINIPORT_SS_CHARACTERISTICS: 0xb4,
  MINIPORT_ADAPTER_PACKET_DIRECT_ATTRIBUTES: 0xc5,
} as const;

export function setHeader(
  kernel: Kernel,
  at: Va,
  type: number,
  revision: number,
  size: number,
): void {
  const header = HEADER.at(kernel.mmu, at);
  header.Type = type;
  header.Revision = revision;
  header.Size = size;
}
