/** MmCopyMemory: copies RAM by physical or virtual address without ever faulting on the source. */
import type { EventBody } from '../../events/event.ts';
import { ptr, sizeT, u32, u64 } from '../../layout/struct.ts';
import { backingOf } from '../../mapping/backing.ts';
import { PAGE_SIZE, type Pa, pa, paAdd, type Va, va, vaAdd } from '../../units/address.ts';
import { APC_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { service } from '../service.ts';
import { toPhysical } from './physical-limit.ts';

const MM_COPY_MEMORY_PHYSICAL = 1;
const MM_COPY_MEMORY_VIRTUAL = 2;

/** Physical address of byte `done` of the source, or nothing where there is no RAM. */
type Source = (done: number) => Pa | undefined;

/** Copies page by page; gives the bytes that were there. */
function copy(kernel: Kernel, target: Va, source: Source, bytes: number): number {
  for (let done = 0; done < bytes; ) {
    const from = source(done);
    if (from === undefined || !kernel.physical.isRam(from)) return done;
    const run = Math.min(PAGE_SIZE - (from % PAGE_SIZE), bytes - done);
    kernel.mmu.writeBytes(vaAdd(target, done), kernel.physical.readBytes(from, run));
    done += run;
  }
  return bytes;
}

type Backing = Extract<EventBody, { kind: 'copy-memory' }>['backing'];

/** What answers the range: RAM, unless some page is something else. */
function rangeBacking(kernel: Kernel, start: Pa, bytes: number): Backing {
  const { physical } = kernel;
  const first = backingOf(physical, start);
  if (first !== 'ram' || start + bytes <= physical.ramBytes) return first;
  return backingOf(physical, pa(physical.ramBytes));
}

const virtualSource =
  (kernel: Kernel, start: Va): Source =>
  (done) =>
    kernel.mmu.tables.lookup(vaAdd(start, done))?.physical;

const MmCopyMemory = service({
  name: 'MmCopyMemory',
  doc: 'ntddk/nf-ntddk-mmcopymemory',
  params: {
    TargetAddress: ptr(),
    SourceAddress: u64,
    NumberOfBytes: sizeT,
    Flags: u32,
    NumberOfBytesTransferred: ptr('SIZE_T'),
  },
  returns: 'status',
  maxIrql: APC_LEVEL,
  mayFail: [STATUS.INVALID_ADDRESS],
  run(kernel, { TargetAddress, SourceAddress, NumberOfBytes, Flags, NumberOfBytesTransferred }) {
    kernel.mmu.write(NumberOfBytesTransferred, 8, 0n);
    const isPhysical = Flags === MM_COPY_MEMORY_PHYSICAL;
    if (!isPhysical && Flags !== MM_COPY_MEMORY_VIRTUAL) return STATUS.INVALID_PARAMETER_4;
    const bytes = toPhysical(NumberOfBytes);
    const start = pa(toPhysical(SourceAddress));
    if (isPhysical) {
      const backing = rangeBacking(kernel, start, bytes);
      kernel.emit({ kind: 'copy-memory', physical: start, length: bytes, backing });
    }
    const source: Source = isPhysical
      ? (done) => paAdd(start, done)
      : virtualSource(kernel, va(SourceAddress));
    const done = copy(kernel, TargetAddress, source, bytes);
    kernel.mmu.write(NumberOfBytesTransferred, 8, BigInt(done));
    return done === bytes ? STATUS.SUCCESS : STATUS.INVALID_ADDRESS;
  },
});

export const copyMemoryServices = [MmCopyMemory];
