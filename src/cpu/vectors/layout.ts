/** Where the recorded instructions lived on the real processor, and the state they started from when a vector says nothing else. */

/** The data window: two writable pages, a hole, a read-only page, a hole. */
export const DATA = 0x1234_0000_0000n;
export const WRITABLE_BYTES = 0x2000;
export const READ_ONLY_OFFSET = 0x3000;
const PATTERN_BYTES = 0x4000;
/** The code image; every byte that is not an instruction is INT3. */
export const CODE = 0x1234_0001_0000n;
/** INT3 from here to the end of the image: where jumps, calls and returns land. */
export const CODE_BYTES = 0x8_0000;
export const LANDING = CODE + 0x7_f000n;
export const GS_BASE = DATA + 0x400n;

export const GPR_NAMES = [
  'rax',
  'rcx',
  'rdx',
  'rbx',
  'rsp',
  'rbp',
  'rsi',
  'rdi',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'r13',
  'r14',
  'r15',
] as const;
export const RSP = 4;

/** CF PF AF ZF SF DF OF. */
export const FLAGS_MASK = 0xcd5;
/** Bit 1 and IF. */
export const FLAGS_FIXED = 0x202;
const MXCSR_INITIAL = 0x1f80;

/** A small fast generator (xorshift128); state never zero. */
export function randomWords(seed: number): () => number {
  let a = seed | 1;
  let b = 0x9e3779b9;
  let c = 0x243f6a88;
  let d = 0xb7e15162;
  const next = () => {
    let t = a ^ (a << 11);
    t ^= t >>> 8;
    a = b;
    b = c;
    c = d;
    d = d ^ (d >>> 19) ^ t;
    return d >>> 0;
  };
  for (let i = 0; i < 16; i++) next();
  return next;
}

export const randomQword = (next: () => number): bigint => (BigInt(next()) << 32n) | BigInt(next());

/** What the data window holds before a vector's own bytes are put in. */
export function dataPattern(): Uint8Array {
  const next = randomWords(0x1057ace);
  return Uint8Array.from({ length: PATTERN_BYTES }, () => next() >>> 13);
}

export interface MachineState {
  readonly gpr: BigUint64Array;
  readonly xmm: Uint8Array;
  flags: number;
  mxcsr: number;
  rip: bigint;
  /** Bytes of the data window that differ: from the pattern on the way in, from the way in on the way out. */
  memory: Patch[];
}

export interface Patch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const base = (() => {
  const next = randomWords(0xba5e);
  const gpr = BigUint64Array.from({ length: 16 }, () => randomQword(next));
  gpr[RSP] = DATA + 0x1200n;
  const xmm = Uint8Array.from({ length: 256 }, () => next() >>> 13);
  return { gpr, xmm };
})();

export const baseState = (): MachineState => ({
  gpr: base.gpr.slice(),
  xmm: base.xmm.slice(),
  flags: 0,
  mxcsr: MXCSR_INITIAL,
  rip: CODE,
  memory: [],
});

export const copyState = (state: MachineState): MachineState => ({
  ...state,
  gpr: state.gpr.slice(),
  xmm: state.xmm.slice(),
  memory: [...state.memory],
});
