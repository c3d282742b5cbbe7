/** A log of the adapter's own, for an application of its driver: written, emptied, closed. */
import { type Kernel, part } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { type Adapter, adapters } from './adapter.ts';
import { Handles } from './handles.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';

interface Log {
  readonly adapter: Adapter;
  readonly bytes: number;
}

const logs = part((kernel) => new Handles<Log>(kernel, 'NDlg'));
const logged = part(() => new Set<Adapter>());

/** One for each adapter. */
const NdisMCreateLog = ndisService({
  name: 'NdisMCreateLog',
  params: { MiniportAdapterHandle: ndisHandle, Size: u32, LogHandle: ptr('NDIS_HANDLE') },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES, NDIS_STATUS.FAILURE],
  run(kernel, { MiniportAdapterHandle, Size, LogHandle }) {
    const adapter = adapters(kernel).get(MiniportAdapterHandle);
    const isFree = adapter !== undefined && !logged(kernel).has(adapter);
    const handle = isFree ? logs(kernel).open({ adapter, bytes: Size }) : undefined;
    kernel.mmu.write(LogHandle, 8, handle ?? NULL);
    if (handle === undefined || adapter === undefined) return NDIS_STATUS.FAILURE;
    logged(kernel).add(adapter);
    return NDIS_STATUS.SUCCESS;
  },
});

const NdisMCloseLog = ndisService({
  name: 'NdisMCloseLog',
  params: { LogHandle: ndisHandle },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { LogHandle }) {
    const closed = logs(kernel).close(LogHandle);
    if (closed === undefined) tellMisuse(kernel, 'NdisMCloseLog', 'wrong-handle');
    else logged(kernel).delete(closed.adapter);
  },
});

function logOf(kernel: Kernel, service: string, handle: Va): Log | undefined {
  const log = logs(kernel).get(handle);
  if (log === undefined) tellMisuse(kernel, service, 'wrong-handle');
  return log;
}

/** No application reads: what is written is only looked at for its size. */
const NdisMWriteLogData = ndisService({
  name: 'NdisMWriteLogData',
  params: { LogHandle: ndisHandle, LogBuffer: ptr(), LogBufferSize: u32 },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { LogHandle, LogBuffer, LogBufferSize }) {
    const log = logOf(kernel, 'NdisMWriteLogData', LogHandle);
    if (log === undefined) return NDIS_STATUS.FAILURE;
    if (LogBufferSize > log.bytes) return NDIS_STATUS.BUFFER_OVERFLOW;
    kernel.mmu.readBytes(LogBuffer, LogBufferSize);
    return NDIS_STATUS.SUCCESS;
  },
});

const NdisMFlushLog = ndisService({
  name: 'NdisMFlushLog',
  params: { LogHandle: ndisHandle },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { LogHandle }) {
    logOf(kernel, 'NdisMFlushLog', LogHandle);
  },
});

export const logServices: readonly Service[] = [
  NdisMCreateLog,
  NdisMCloseLog,
  NdisMWriteLogData,
  NdisMFlushLog,
];
