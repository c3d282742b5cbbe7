/** Runs recorded vectors on the translator, in a guest that has the recorder's addresses. */
import { FrameAllocator } from '../../memory/frames.ts';
import { Mmu } from '../../memory/mmu.ts';
import { type PageAttributes, PageTables } from '../../memory/page-tables.ts';
import { PhysicalMemory } from '../../memory/physical.ts';
import { type HostOffset, hostOffset, PAGE_SIZE, paAdd, va, vaAdd } from '../../units/address.ts';
import { assert } from '../../units/errors.ts';
import { Cpu } from '../cpu.ts';
import type { CpuEnvironment } from '../environment.ts';
import type { Exit } from '../exit.ts';
import {
  CODE,
  CODE_BYTES,
  copyState,
  DATA,
  dataPattern,
  FLAGS_FIXED,
  FLAGS_MASK,
  GS_BASE,
  type MachineState,
  type Patch,
  READ_ONLY_OFFSET,
  WRITABLE_BYTES,
} from './layout.ts';
import { type Exception, type Form, printForm, printVector, type Vector } from './text.ts';

export type Mode = 'whole' | 'step';

export interface Disagreement {
  readonly form: Form;
  readonly expected: Vector;
  /** What differs, by name. */
  readonly fields: readonly string[];
  readonly found: string;
}

const RAM_BYTES = 0x40_0000;
const BREAKPOINT = 3;
const MAX_STEPS = 2000;
/** MXCSR exception flags: the translator does not raise them. */
const MXCSR_STICKY = 0x3f;

const pages = (change: Partial<PageAttributes>): PageAttributes => ({
  writable: false,
  user: false,
  executable: false,
  cache: 'write-back',
  ...change,
});

export const nothingThere: CpuEnvironment = {
  portRead: () => 0,
  portWrite: () => {},
  readMsr: () => undefined,
  writeMsr: () => false,
  cpuid: () => ({ eax: 0, ebx: 0, ecx: 0, edx: 0 }),
  timestamp: () => 0n,
};

const pattern = dataPattern();

class Guest {
  readonly cpu: Cpu;
  readonly physical = new PhysicalMemory(RAM_BYTES);
  readonly #frames = new FrameAllocator(this.physical, 0x10000);
  readonly #tables = new PageTables(this.physical, this.#frames);
  readonly #window: HostOffset;
  readonly #before = new Uint8Array(WRITABLE_BYTES);
  #exit: Exit | undefined;

  constructor(forms: readonly Pick<Form, 'offset' | 'bytes'>[]) {
    this.#window = this.#map(DATA, WRITABLE_BYTES, pages({ writable: true }));
    const readOnly = this.#map(DATA + BigInt(READ_ONLY_OFFSET), PAGE_SIZE, pages({}));
    const bytes = this.physical.bytes;
    bytes.set(pattern.subarray(READ_ONLY_OFFSET, READ_ONLY_OFFSET + PAGE_SIZE), readOnly);
    const code = this.#map(CODE, CODE_BYTES, pages({ executable: true }));
    bytes.fill(0xcc, code, code + CODE_BYTES);
    for (const form of forms) bytes.set(form.bytes, code + form.offset);
    this.cpu = new Cpu(new Mmu(this.physical, this.#tables), nothingThere);
    this.cpu.state.gsBase = GS_BASE;
  }

  /** Runs one vector; what came out differently, if anything. */
  check(form: Form, expected: Vector, mode: Mode): Disagreement | undefined {
    this.#enter(expected.before);
    this.#exit = mode === 'whole' ? this.cpu.run() : this.#step();
    const found = this.#leave(expected);
    const fields = differences(expected, found);
    if (this.#exit.kind !== 'exception') fields.unshift(this.#exit.kind);
    if (fields.length === 0) return undefined;
    const mnemonic = this.#exit.kind === 'not-modelled' ? ` ${this.#exit.mnemonic}` : '';
    return { form, expected, fields, found: `${printVector(form, found)}${mnemonic}` };
  }

  #map(at: bigint, bytes: number, attributes: PageAttributes): HostOffset {
    const count = bytes / PAGE_SIZE;
    const first = this.#frames.allocateContiguous({ pages: count });
    assert(first !== undefined, 'the guest has room for the window');
    for (let i = 0; i < count; i++) {
      const mapped = this.#tables.map(
        vaAdd(va(at), i * PAGE_SIZE),
        paAdd(first, i * PAGE_SIZE),
        attributes,
      );
      assert(mapped, 'the guest has room for its page tables');
    }
    return this.physical.hostOf(first) ?? hostOffset(0);
  }

  #enter(before: MachineState): void {
    const { state } = this.cpu;
    for (let i = 0; i < 16; i++) {
      state.setGpr(i, before.gpr[i] ?? 0n);
      state.setXmm(i, before.xmm.subarray(i * 16, i * 16 + 16));
    }
    state.rflags = BigInt(before.flags | FLAGS_FIXED);
    state.mxcsr = before.mxcsr;
    state.rip = before.rip;
    this.#before.set(pattern.subarray(0, WRITABLE_BYTES));
    for (const { offset, bytes } of before.memory) this.#before.set(bytes, offset);
    this.physical.bytes.set(this.#before, this.#window);
  }

  #step(): Exit {
    for (let i = 0; i < MAX_STEPS; i++) {
      const exit = this.cpu.step();
      if (exit !== undefined && exit.kind !== 'budget') return exit;
    }
    return { kind: 'budget' };
  }

  #leave({ before, undefinedFlags }: Vector): Vector {
    const { state } = this.cpu;
    const after = copyState(before);
    for (let i = 0; i < 16; i++) {
      after.gpr[i] = state.gpr(i);
      after.xmm.set(state.xmm(i), i * 16);
    }
    after.flags = Number(state.rflags) & FLAGS_MASK;
    after.mxcsr = state.mxcsr;
    const trapped = this.#exit?.kind === 'exception' && this.#exit.vector === BREAKPOINT;
    after.rip = trapped ? state.rip - 1n : state.rip;
    after.memory = this.#changes();
    const exception = trapped ? undefined : exceptionOf(this.#exit);
    return { before, after, exception, undefinedFlags };
  }

  #changes(): Patch[] {
    const now = this.physical.bytes.subarray(this.#window, this.#window + WRITABLE_BYTES);
    if (Buffer.compare(now, this.#before) === 0) return [];
    const found: Patch[] = [];
    for (let at = 0; at < WRITABLE_BYTES; at++) {
      let end = at;
      while (end < WRITABLE_BYTES && now[end] !== this.#before[end]) end++;
      if (end > at) found.push({ offset: at, bytes: now.slice(at, end) });
      at = end;
    }
    return found;
  }
}

function exceptionOf(exit: Exit | undefined): Exception | undefined {
  if (exit?.kind !== 'exception') return undefined;
  const isPageFault = exit.vector === 14;
  return {
    vector: exit.vector,
    errorCode: isPageFault ? (exit.errorCode ?? 0) : 0,
    address: isPageFault ? (exit.address ?? 0n) : 0n,
  };
}

function differences(expected: Vector, found: Vector): string[] {
  const fields: string[] = [];
  const [a, b] = [expected.after, found.after];
  if (expected.exception?.vector !== found.exception?.vector) fields.push('exception');
  else if (expected.exception?.errorCode !== found.exception?.errorCode) fields.push('error code');
  else if (expected.exception?.address !== found.exception?.address) fields.push('fault address');
  if (a.rip !== b.rip) fields.push('rip');
  if (a.gpr.some((value, i) => value !== b.gpr[i])) fields.push('registers');
  if (((a.flags ^ b.flags) & ~expected.undefinedFlags) !== 0) fields.push('flags');
  if (Buffer.compare(a.xmm, b.xmm) !== 0) fields.push('xmm');
  if (((a.mxcsr ^ b.mxcsr) & ~MXCSR_STICKY) !== 0) fields.push('mxcsr');
  if (!samePatches(a.memory, b.memory)) fields.push('memory');
  return fields;
}

const samePatches = (a: readonly Patch[], b: readonly Patch[]): boolean =>
  a.length === b.length &&
  a.every(
    ({ offset, bytes }, i) =>
      offset === b[i]?.offset && Buffer.compare(bytes, b[i]?.bytes ?? new Uint8Array()) === 0,
  );

/** The form, the state, what the processor did and what the translator did. */
export function describe({ form, expected, fields, found }: Disagreement): string {
  return [
    `${printForm(form)}: ${fields.join(', ')}`,
    `  processor  ${printVector(form, expected)}`,
    `  translator ${found}`,
  ].join('\n');
}

export function replay(forms: readonly Form[], mode: Mode): Disagreement[] {
  const failures: Disagreement[] = [];
  const guest = new Guest(forms);
  for (const form of forms) {
    for (const vector of form.vectors) {
      const failure = guest.check(form, vector, mode);
      if (failure !== undefined) failures.push(failure);
    }
  }
  return failures;
}
