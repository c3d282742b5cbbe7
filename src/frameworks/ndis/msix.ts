/** NdisMConfigMSIXTableEntry: a miniport masks entries of its device's MSI-X table and points them at messages (PCI 3.0, 6.8.2). */
import type { PciFunction } from '../../bus/pci-function.ts';
import { MSI_X_ENTRY_BYTES, MSI_X_ENTRY_MASKED } from '../../bus/pci-spec.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr, struct, u32 } from '../../layout/struct.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import type { NtStatus } from '../../units/status.ts';
import { type Adapter, adapters } from './adapter.ts';
import { type Message, messagesOf } from './interrupts.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { HEADER, OBJECT } from './object-header.ts';

export const MSIX_PARAMETERS = struct({
  name: 'NDIS_MSIX_CONFIG_PARAMETERS',
  size: { x64: 16, x86: 16 },
  fields: { Header: HEADER, ConfigOperation: u32, TableEntry: u32, MessageNumber: u32 },
});

/** NDIS_MSIX_TABLE_OPERATION. */
export const MSIX_OPERATION = { SET_TABLE_ENTRY: 0, MASK: 1, UNMASK: 2 } as const;

/** Doublewords of a table entry. */
const ADDRESS = 0;
const ADDRESS_HIGH = 4;
const DATA = 8;
const CONTROL = 12;

type Parameters = ReturnType<typeof MSIX_PARAMETERS.at>;
type MsixTable = NonNullable<PciFunction['spec']['msix']>;

/** Writes to one entry of the table, as the bus driver reaches it behind its BAR; nothing beyond the table. */
function entryOf({ messages }: PciFunction, table: MsixTable, n: number) {
  if (n >= table.messages) return undefined;
  const at = table.tableOffset + n * MSI_X_ENTRY_BYTES;
  return {
    write: (offset: number, value: number) =>
      messages.write(table.bar, at + offset, 4, BigInt(value)),
  };
}

const messageOf = (adapter: Adapter, n: number): Message | undefined =>
  messagesOf(adapter).find(({ number }) => number === n);

function configure(adapter: Adapter, view: Parameters): NtStatus {
  const { fn } = adapter.node;
  const table = fn?.messages.msixEnabled === true ? fn.spec.msix : null;
  if (fn === undefined || table === null) return NDIS_STATUS.NOT_SUPPORTED;
  const entry = entryOf(fn, table, view.TableEntry);
  if (entry === undefined) return NDIS_STATUS.INVALID_PARAMETER;
  switch (view.ConfigOperation) {
    case MSIX_OPERATION.SET_TABLE_ENTRY: {
      const message = messageOf(adapter, view.MessageNumber);
      if (message === undefined) return NDIS_STATUS.INVALID_PARAMETER;
      const { address, data, vector } = message.resource;
      entry.write(ADDRESS, address % 2 ** 32);
      entry.write(ADDRESS_HIGH, Math.floor(address / 2 ** 32));
      entry.write(DATA, data + message.vector - vector);
      return NDIS_STATUS.SUCCESS;
    }
    case MSIX_OPERATION.MASK:
      entry.write(CONTROL, MSI_X_ENTRY_MASKED);
      return NDIS_STATUS.SUCCESS;
    case MSIX_OPERATION.UNMASK:
      entry.write(CONTROL, 0);
      return NDIS_STATUS.SUCCESS;
    default:
      return NDIS_STATUS.INVALID_PARAMETER;
  }
}

const NAME = 'NdisMConfigMSIXTableEntry';

const NdisMConfigMSIXTableEntry = ndisService({
  name: NAME,
  params: {
    NdisMiniportHandle: ndisHandle,
    MSIXConfigParameters: ptr('NDIS_MSIX_CONFIG_PARAMETERS'),
  },
  returns: 'ndis-status',
  maxIrql(kernel, { MSIXConfigParameters }) {
    const { ConfigOperation } = MSIX_PARAMETERS.at(kernel.mmu, MSIXConfigParameters);
    return ConfigOperation === MSIX_OPERATION.SET_TABLE_ENTRY ? DISPATCH_LEVEL : HIGH_LEVEL;
  },
  run(kernel, { NdisMiniportHandle, MSIXConfigParameters }): NtStatus {
    const adapter = adapters(kernel).get(NdisMiniportHandle);
    if (adapter === undefined) {
      tellMisuse(kernel, NAME, 'wrong-handle');
      return NDIS_STATUS.INVALID_PARAMETER;
    }
    const view = MSIX_PARAMETERS.at(kernel.mmu, MSIXConfigParameters);
    const { Type, Size } = view.Header;
    if (Type !== OBJECT.DEFAULT || Size < MSIX_PARAMETERS.bytes) {
      return NDIS_STATUS.INVALID_PARAMETER;
    }
    return configure(adapter, view);
  },
});

export const msixServices: readonly Service[] = [NdisMConfigMSIXTableEntry];
