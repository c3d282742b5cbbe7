/** Entries in the system's event log: what NDIS logs itself, and NdisWriteErrorLogEntry. */
import type { Kernel } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr, u16, u32 } from '../../layout/struct.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { type Adapter, subjectOf } from './adapter.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';

/** NDIS_ERROR_CODE_RESOURCE_CONFLICT (EVENT_NDIS_RESOURCE_CONFLICT, netevent.h). */
const RESOURCE_CONFLICT = 0xc000_1388;
/** NDIS_ERROR_CODE takes no more values than fit IO_ERROR_LOG_PACKET. */
const MAX_VALUES = 48;

export function logConflict(
  kernel: Kernel,
  adapter: Adapter | undefined,
  start: bigint,
  length: number,
): void {
  const low = Number(BigInt.asUintN(32, start));
  const high = Number(BigInt.asUintN(32, start >> 32n));
  kernel.emit({
    kind: 'log-entry',
    by: 'framework',
    subject: adapter?.subject ?? null,
    code: RESOURCE_CONFLICT,
    values: [low, high, length],
  });
}

/** The values follow as variable arguments. */
const NdisWriteErrorLogEntry = ndisService({
  name: 'NdisWriteErrorLogEntry',
  params: { NdisAdapterHandle: ndisHandle, ErrorCode: u32, NumberOfErrorValues: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { NdisAdapterHandle, ErrorCode, NumberOfErrorValues }, call) {
    const count = Math.min(NumberOfErrorValues, MAX_VALUES);
    kernel.emit({
      kind: 'log-entry',
      by: 'driver',
      subject: subjectOf(kernel, NdisAdapterHandle),
      code: ErrorCode,
      values: Array.from({ length: count }, (_, i) => Number(BigInt.asUintN(32, call.slot(3 + i)))),
    });
  },
});

const NdisWriteEventLogEntry = ndisService({
  name: 'NdisWriteEventLogEntry',
  params: {
    LogHandle: ptr(),
    EventCode: u32,
    UniqueEventValue: u32,
    NumStrings: u16,
    StringsList: ptr(),
    DataSize: u32,
    Data: ptr(),
  },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, { EventCode, UniqueEventValue }) {
    const subject = kernel.device();
    const values = [UniqueEventValue];
    kernel.emit({ kind: 'log-entry', by: 'driver', subject, code: EventCode, values });
    return NDIS_STATUS.SUCCESS;
  },
});

export const errorLogServices: readonly Service[] = [
  NdisWriteErrorLogEntry,
  NdisWriteEventLogEntry,
];
