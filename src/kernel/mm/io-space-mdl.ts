/** MmAllocateMdlForIoSpace: an MDL of device memory. */
import type { Trouble } from '../../events/event.ts';
import { i64, ptr, sizeT, struct } from '../../layout/struct.ts';
import { hex, NULL, PAGE_SIZE, type Pa, pa, paAdd, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { pool } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';
import { service } from '../service.ts';
import { initializeMdl, MDL_FLAG, mdlBytes, writeFrames } from './mdl.ts';
import { mdls, tellOfMdl } from './mdls.ts';
import { toPhysical } from './physical-limit.ts';

const MM_PHYSICAL_ADDRESS_LIST = struct({
  name: 'MM_PHYSICAL_ADDRESS_LIST',
  size: { x64: 16, x86: 16 },
  fields: { PhysicalAddress: i64, NumberOfBytes: sizeT },
});

const MAX_BYTES = 2 ** 32 - 1;
/** A list of more ranges than pages fit cannot be meant. */
const MAX_RANGES = Math.floor(MAX_BYTES / PAGE_SIZE);

interface Range {
  readonly start: number;
  readonly bytes: number;
}

function* rangesOf(kernel: Kernel, at: Va, count: number): Generator<Range> {
  for (let i = 0; i < count; i++) {
    const entry = MM_PHYSICAL_ADDRESS_LIST.at(
      kernel.mmu,
      vaAdd(at, i * MM_PHYSICAL_ADDRESS_LIST.bytes),
    );
    yield { start: toPhysical(entry.PhysicalAddress), bytes: toPhysical(entry.NumberOfBytes) };
  }
}

const isPages = ({ start, bytes }: Range): boolean =>
  start % PAGE_SIZE === 0 && bytes % PAGE_SIZE === 0;

interface Refused {
  readonly trouble: Trouble;
  readonly detail: string;
}

/** Frames of all ranges in order, or the first range that may not be described. */
function framesOf(kernel: Kernel, at: Va, count: number): Pa[] | Refused {
  const frames: Pa[] = [];
  let total = 0;
  for (const range of rangesOf(kernel, at, count)) {
    const detail = `${hex(range.start)}, ${hex(range.bytes)} bytes`;
    if (!isPages(range)) return { trouble: 'not-page-aligned', detail };
    if (range.bytes > 0 && kernel.physical.isRam(pa(range.start))) {
      return { trouble: 'is-ram', detail };
    }
    total += range.bytes;
    if (total > MAX_BYTES) return { trouble: 'too-long', detail: `${hex(total)} bytes` };
    for (let done = 0; done < range.bytes; done += PAGE_SIZE) {
      frames.push(paAdd(pa(range.start), done));
    }
  }
  return frames;
}

/** The documentation names no status for ranges that are too long in all; it is the parameter's. */
function allocate(kernel: Kernel, list: Va, count: bigint): Va | number {
  if (count > BigInt(MAX_RANGES)) return STATUS.INVALID_PARAMETER_2;
  const frames = framesOf(kernel, list, Number(count));
  if (!Array.isArray(frames)) {
    const { trouble, detail } = frames;
    const deed = { kind: 'mdl', what: 'failed', mdl: NULL, flags: 0 } as const;
    kernel.emit({ ...deed, detail, trouble: [trouble] });
    return STATUS.INVALID_PARAMETER_1;
  }
  const length = frames.length * PAGE_SIZE;
  const at = pool(kernel).allocate(mdlBytes(NULL, length), 'Mdl ', 'nonpaged', true);
  if (at === undefined) return STATUS.INSUFFICIENT_RESOURCES;
  const mdl = initializeMdl(kernel, at, NULL, length);
  mdl.MdlFlags = MDL_FLAG.IO_SPACE | MDL_FLAG.PAGES_LOCKED;
  writeFrames(kernel, at, frames);
  mdls(kernel).made(at, 'io-space');
  return at;
}

const MmAllocateMdlForIoSpace = service({
  name: 'MmAllocateMdlForIoSpace',
  doc: 'wdm/nf-wdm-mmallocatemdlforiospace',
  params: {
    PhysicalAddressList: ptr('MM_PHYSICAL_ADDRESS_LIST'),
    NumberOfEntries: sizeT,
    NewMdl: ptr('MDL*'),
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [STATUS.INVALID_PARAMETER_1, STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, { PhysicalAddressList, NumberOfEntries, NewMdl }) {
    const made = allocate(kernel, PhysicalAddressList, NumberOfEntries);
    if (typeof made === 'number') return made;
    kernel.mmu.write(NewMdl, 8, made);
    tellOfMdl(kernel, 'allocate-io-space', made);
    return STATUS.SUCCESS;
  },
});

export const ioSpaceMdlServices = [MmAllocateMdlForIoSpace];
