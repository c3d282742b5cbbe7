/** Configuration space of an adapter: NdisMGetBusData, NdisMSetBusData and the slot services of NDIS 5. */
import { readConfigBytes, writeConfigBytes } from '../../kernel/io/pnp/config-bytes.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr, u32 } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';
import { vaAdd } from '../../units/address.ts';
import { HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { adapters } from './adapter.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';

/** PCI_WHICHSPACE_CONFIG. */
const CONFIG_SPACE = 0;
const FIRST_BAR = 0x10;
const BARS = 6;

type Copy = typeof readConfigBytes;

const copy = (
  kernel: Kernel,
  how: Copy,
  handle: Va,
  buffer: Va,
  offset: number,
  length: number,
) => {
  const fn = adapters(kernel).get(handle)?.node.fn;
  return fn === undefined ? 0 : how(kernel, fn, buffer, offset, length);
};

const BUS_DATA = {
  NdisMiniportHandle: ndisHandle,
  WhichSpace: u32,
  Offset: u32,
  Buffer: ptr(),
  Length: u32,
} as const;

const busData = (name: string, how: Copy): Service =>
  ndisService({
    name,
    params: BUS_DATA,
    returns: 'u32',
    maxIrql: HIGH_LEVEL,
    run: (kernel, { NdisMiniportHandle, WhichSpace, Offset, Buffer, Length }) =>
      WhichSpace === CONFIG_SPACE
        ? copy(kernel, how, NdisMiniportHandle, Buffer, Offset, Length)
        : 0,
  });

const slotData = (name: string, how: Copy): Service =>
  ndisService({
    name,
    doc: 'ndis.h',
    params: {
      NdisAdapterHandle: ndisHandle,
      SlotNumber: u32,
      Offset: u32,
      Buffer: ptr(),
      Length: u32,
    },
    returns: 'u32',
    maxIrql: HIGH_LEVEL,
    run: (kernel, { NdisAdapterHandle, Offset, Buffer, Length }) =>
      copy(kernel, how, NdisAdapterHandle, Buffer, Offset, Length),
  });

/** What the registers hold: the addresses that were assigned. */
const NdisMQueryProbedBars = ndisService({
  name: 'NdisMQueryProbedBars',
  params: { NdisMiniportHandle: ndisHandle, BaseRegisterValues: ptr('ULONG') },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { NdisMiniportHandle, BaseRegisterValues }) {
    const fn = adapters(kernel).get(NdisMiniportHandle)?.node.fn;
    if (fn === undefined) return NDIS_STATUS.INVALID_PARAMETER;
    for (let i = 0; i < BARS; i++) {
      const value = fn.readConfig(FIRST_BAR + i * 4, 4);
      kernel.mmu.write(vaAdd(BaseRegisterValues, i * 4), 4, BigInt(value));
    }
    return NDIS_STATUS.SUCCESS;
  },
});

export const busDataServices: readonly Service[] = [
  busData('NdisMGetBusData', readConfigBytes),
  busData('NdisMSetBusData', writeConfigBytes),
  slotData('NdisReadPciSlotInformation', readConfigBytes),
  slotData('NdisWritePciSlotInformation', writeConfigBytes),
  NdisMQueryProbedBars,
];
