/** Copying and filling as the kernel's memory routines do: RAM in bulk, device pages in whole words. */
import type { Mmu } from '../../memory/mmu.ts';
import type { AccessSize } from '../../memory/physical.ts';
import { byteOffset, PAGE_SIZE, type Va, vaAdd } from '../../units/address.ts';

/** The widest access that both an address and what is left allow. */
function widthOf(at: Va, left: number): AccessSize {
  for (const width of [8, 4, 2] as const) {
    if (left >= width && at % BigInt(width) === 0n) return width;
  }
  return 1;
}

/** True when accesses of the page go straight to RAM; throws the fault that the access would. */
function isRam(memory: Mmu, at: Va, access: 'read' | 'write'): boolean {
  return memory.physical.hostOf(memory.translate(at, access)) !== undefined;
}

const toPageEnd = (at: Va): number => PAGE_SIZE - byteOffset(at);
/** Bytes from the page's start up to and with the byte before `end`. */
const toPageStart = (end: Va): number => byteOffset(vaAdd(end, -1)) + 1;

function copyRun(memory: Mmu, to: Va, from: Va, length: number): void {
  if (isRam(memory, from, 'read') && isRam(memory, to, 'write')) {
    memory.writeBytes(to, memory.readBytes(from, length));
    return;
  }
  for (let done = 0; done < length; ) {
    const device = isRam(memory, from, 'read') ? to : from;
    const width = widthOf(vaAdd(device, done), length - done);
    memory.write(vaAdd(to, done), width, memory.read(vaAdd(from, done), width));
    done += width;
  }
}

/** memcpy and memmove: lowest address first, unless that would overwrite what is still to be read. */
export function copyMemory(memory: Mmu, to: Va, from: Va, length: bigint): void {
  if (to > from && to < from + length) {
    for (let left = length; left > 0n; ) {
      const step = Math.min(toPageStart(vaAdd(from, left)), toPageStart(vaAdd(to, left)));
      const run = Number(BigInt(step) < left ? BigInt(step) : left);
      left -= BigInt(run);
      copyRun(memory, vaAdd(to, left), vaAdd(from, left), run);
    }
    return;
  }
  for (let done = 0n; done < length; ) {
    const source = vaAdd(from, done);
    const target = vaAdd(to, done);
    const step = BigInt(Math.min(toPageEnd(source), toPageEnd(target)));
    const left = length - done;
    const run = step < left ? step : left;
    copyRun(memory, target, source, Number(run));
    done += run;
  }
}

/** memset: `pattern` is one byte repeated. */
export function fillMemory(memory: Mmu, to: Va, length: bigint, byte: number): void {
  const pattern = BigInt(byte & 0xff) * 0x0101_0101_0101_0101n;
  for (let done = 0n; done < length; ) {
    const at = vaAdd(to, done);
    const run = Number(length - done < BigInt(toPageEnd(at)) ? length - done : toPageEnd(at));
    if (isRam(memory, at, 'write')) memory.fill(at, run, byte & 0xff);
    else fillDevice(memory, at, run, pattern);
    done += BigInt(run);
  }
}

function fillDevice(memory: Mmu, at: Va, length: number, pattern: bigint): void {
  for (let done = 0; done < length; ) {
    const width = widthOf(vaAdd(at, done), length - done);
    memory.write(vaAdd(at, done), width, BigInt.asUintN(width * 8, pattern));
    done += width;
  }
}

/** How many bytes are equal from the start. */
export function equalBytes(memory: Mmu, a: Va, b: Va, length: bigint): bigint {
  for (let done = 0n; done < length; ) {
    const left = vaAdd(a, done);
    const right = vaAdd(b, done);
    const step = BigInt(Math.min(toPageEnd(left), toPageEnd(right)));
    const run = Number(length - done < step ? length - done : step);
    const x = memory.readBytes(left, run);
    const y = memory.readBytes(right, run);
    const differs = x.findIndex((byte, i) => byte !== y[i]);
    if (differs >= 0) return done + BigInt(differs);
    done += BigInt(run);
  }
  return length;
}

/** Length in characters of a string that ends at a zero or after `limit` characters. */
export function lengthOf(
  memory: Mmu,
  at: Va,
  width: 1 | 2,
  limit = Number.POSITIVE_INFINITY,
): number {
  let length = 0;
  while (length < limit && memory.read(vaAdd(at, length * width), width) !== 0n) length++;
  return length;
}

/** Characters up to a zero or the limit, as numbers. */
export function readCharacters(
  memory: Mmu,
  at: Va,
  width: 1 | 2,
  limit = Number.POSITIVE_INFINITY,
): number[] {
  const out: number[] = [];
  while (out.length < limit) {
    const unit = Number(memory.read(vaAdd(at, out.length * width), width));
    if (unit === 0) break;
    out.push(unit);
  }
  return out;
}

export function writeCharacters(
  memory: Mmu,
  at: Va,
  width: 1 | 2,
  characters: readonly number[],
): void {
  characters.forEach((unit, i) => {
    memory.write(vaAdd(at, i * width), width, BigInt(unit));
  });
}
