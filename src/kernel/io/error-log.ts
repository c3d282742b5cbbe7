/** Error log entries: what a driver writes for the system event log is told like its debug prints. */

import { readUtf16z } from '../../layout/nt.ts';
import { ptr, struct, u8, u16, u32, u64 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { statusName } from '../../units/status.ts';
import { pool } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';

const IO_ERROR_LOG_PACKET = struct({
  name: 'IO_ERROR_LOG_PACKET',
  size: { x64: 48 },
  fields: {
    MajorFunctionCode: u8,
    RetryCount: u8,
    DumpDataSize: u16,
    NumberOfStrings: u16,
    StringOffset: u16,
    EventCategory: u16,
    ErrorCode: u32,
    UniqueErrorValue: u32,
    FinalStatus: u32,
    SequenceNumber: u32,
    IoControlCode: u32,
    DeviceOffset: u64,
    DumpData: u32,
  },
});

/** ERROR_LOG_MAXIMUM_SIZE: what is left of 256 bytes after the logger's own header. */
const MAX_ENTRY_BYTES = 240;
const MAX_STRINGS = 16;

function entryText(kernel: Kernel, at: Va): string {
  const entry = IO_ERROR_LOG_PACKET.at(kernel.mmu, at);
  const code = statusName(entry.ErrorCode);
  const facts = [
    `event log: ${code}`,
    `unique 0x${entry.UniqueErrorValue.toString(16)}`,
    `status ${statusName(entry.FinalStatus)}`,
    ...strings(kernel, at, entry),
  ];
  return facts.join(', ');
}

function strings(
  kernel: Kernel,
  at: Va,
  { NumberOfStrings, StringOffset }: { NumberOfStrings: number; StringOffset: number },
): readonly string[] {
  const block = pool(kernel).block(at);
  const found: string[] = [];
  let offset = StringOffset;
  for (let i = 0; i < Math.min(NumberOfStrings, MAX_STRINGS); i++) {
    if (block === undefined || offset + 2 > block.bytes) break;
    const text = readUtf16z(kernel.mmu, vaAdd(at, offset), (block.bytes - offset) / 2);
    found.push(`"${text}"`);
    offset += (text.length + 1) * 2;
  }
  return found;
}

const IoAllocateErrorLogEntry = service({
  name: 'IoAllocateErrorLogEntry',
  doc: 'wdm/nf-wdm-ioallocateerrorlogentry',
  params: { IoObject: ptr(), EntrySize: u8 },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run(kernel, { EntrySize }) {
    const least = IO_ERROR_LOG_PACKET.offsetOf('DumpData');
    if (EntrySize < least || EntrySize > MAX_ENTRY_BYTES) return NULL;
    return pool(kernel).allocate(EntrySize, 'IoEr') ?? NULL;
  },
});

const IoWriteErrorLogEntry = service({
  name: 'IoWriteErrorLogEntry',
  doc: 'wdm/nf-wdm-iowriteerrorlogentry',
  params: { ElEntry: ptr() },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { ElEntry }) {
    kernel.emit({ kind: 'debug-print', text: entryText(kernel, ElEntry) });
    pool(kernel).free(ElEntry);
  },
});

const IoFreeErrorLogEntry = service({
  name: 'IoFreeErrorLogEntry',
  doc: 'wdm/nf-wdm-iofreeerrorlogentry',
  params: { ElEntry: ptr() },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { ElEntry }) {
    pool(kernel).free(ElEntry);
  },
});

export const errorLogServices: readonly Service[] = [
  IoAllocateErrorLogEntry,
  IoWriteErrorLogEntry,
  IoFreeErrorLogEntry,
];
