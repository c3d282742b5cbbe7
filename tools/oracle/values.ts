/** Operand values worth trying: the edges of every width, and seeded ones between. */
import { randomQword } from '../../src/cpu/vectors/layout.ts';
import { pick, type Random } from './forms.ts';

const EDGES = [
  0n,
  1n,
  -1n,
  2n,
  -2n,
  0x7fn,
  0x80n,
  0xffn,
  0x100n,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x10000n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x7fff_ffff_ffff_ffffn,
  0x8000_0000_0000_0000n,
  0x8000_0000_0000_0001n,
  0x5555_5555_5555_5555n,
  0xaaaa_aaaa_aaaa_aaaan,
];

const EDGES_OF = new Map(
  [8, 16, 32, 64].map((width) => {
    const top = 1n << BigInt(width - 1);
    const all = [top, top - 1n, top + 1n, ...EDGES].map((value) => BigInt.asUintN(width, value));
    return [width, [...new Set(all)]];
  }),
);

export const edges = (width: number): readonly bigint[] => EDGES_OF.get(width) ?? [];

/** Two operands of one width: the pairs where carries, borrows and overflows turn. */
export function pairs(width: number): readonly (readonly [bigint, bigint])[] {
  const low = 1n << BigInt(width - 1);
  const high = low - 1n;
  const ones = low + high;
  return [
    [0n, 0n],
    [0n, 1n],
    [1n, 0n],
    [1n, ones],
    [ones, 1n],
    [ones, ones],
    [low, 1n],
    [low, ones],
    [high, 1n],
    [high, ones],
    [low, low],
    [high, high],
    [0n, low],
    [high, low],
    [low, high],
  ];
}

/** Half the time an edge, else random, sometimes short. */
export function draw(next: Random, width: number): bigint {
  const kind = next() % 4;
  if (kind < 2) return pick(next, edges(width));
  const value = BigInt.asUintN(width, randomQword(next));
  return kind === 2 ? value : value >> BigInt(next() % width);
}

const LANE_WIDTHS = [8, 16, 32, 64];

/** Sixteen bytes, lane by lane. The first draws of a form are uniform edges, so that saturation and signs meet. */
export function drawVector(next: Random, index: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const width = pick(next, LANE_WIDTHS);
  const uniform = index < 8 ? pick(next, edges(width)) : undefined;
  for (let at = 0; at < 16; at += width / 8) {
    const lane = uniform ?? draw(next, width);
    for (let i = 0; i < width / 8; i++) bytes[at + i] = Number((lane >> BigInt(8 * i)) & 0xffn);
  }
  return bytes;
}

const SINGLES = [
  0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 1,
  0x007fffff, 0x00800000, 0x7f7fffff, 0x4f000000, 0xcf000000, 0x5f000000, 0x40490fdb, 0x3f000000,
  0x40200000, 0x4b800001,
];
const DOUBLES = [
  0n,
  1n << 63n,
  0x3ff0000000000000n,
  0xbff0000000000000n,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  0x7ff8000000000000n,
  0x7ff0000000000001n,
  1n,
  0x000fffffffffffffn,
  0x0010000000000000n,
  0x7fefffffffffffffn,
  0x41e0000000000000n,
  0xc1e0000000000000n,
  0x43e0000000000000n,
  0x400921fb54442d18n,
  0x3fe0000000000000n,
  0x4004000000000000n,
  0x47efffffe0000000n,
];

/** Sixteen bytes of floating-point numbers of the given width: edges, and ordinary numbers. */
export function drawFloats(next: Random, width: 32 | 64): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  for (let at = 0; at < 16; at += width / 8) {
    const ordinary = next() % 3 === 0;
    const small = ((next() | 0) / 65536) * (next() % 2 ? 1 : 1 / 1024);
    if (width === 32) {
      if (ordinary) view.setFloat32(at, small, true);
      else view.setUint32(at, pick(next, SINGLES), true);
    } else if (ordinary) view.setFloat64(at, small, true);
    else view.setBigUint64(at, pick(next, DOUBLES), true);
  }
  return new Uint8Array(view.buffer);
}

export function littleEndian(value: bigint, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}
