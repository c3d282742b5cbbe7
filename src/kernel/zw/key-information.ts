/** KEY_INFORMATION_CLASS and KEY_VALUE_INFORMATION_CLASS: bytes of each class, and what a short buffer gets. */
import { utf16Bytes } from '../../layout/nt.ts';
import type { Va } from '../../units/address.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { notModelledHere } from '../end.ts';
import type { Kernel } from '../kernel.ts';
import type { RegistryKey, Value } from './registry-key.ts';

/** One answer: all of its bytes, and how many of them the fixed part has. */
export interface Information {
  readonly bytes: Uint8Array;
  readonly minimum: number;
}

export interface Target {
  readonly at: Va;
  readonly length: number;
  readonly resultLength: Va;
}

/** Below the fixed part nothing is written; below the whole, what fits. */
export function deliver(kernel: Kernel, { bytes, minimum }: Information, target: Target): NtStatus {
  kernel.mmu.write(target.resultLength, 4, BigInt(bytes.length));
  if (target.length < minimum) return STATUS.BUFFER_TOO_SMALL;
  kernel.mmu.writeBytes(target.at, bytes.subarray(0, target.length));
  return target.length < bytes.length ? STATUS.BUFFER_OVERFLOW : STATUS.SUCCESS;
}

const NONE = 0xffff_ffff;
const align4 = (offset: number): number => (offset + 3) & ~3;

/** Little-endian fields one after another: numbers are ULONGs, bigints LARGE_INTEGERs. */
function fixed(...fields: readonly (number | bigint)[]): Uint8Array {
  const length = fields.reduce<number>((sum, f) => sum + (typeof f === 'bigint' ? 8 : 4), 0);
  const view = new DataView(new ArrayBuffer(length));
  let at = 0;
  for (const field of fields) {
    if (typeof field === 'bigint') view.setBigUint64(at, field, true);
    else view.setUint32(at, field >>> 0, true);
    at += typeof field === 'bigint' ? 8 : 4;
  }
  return new Uint8Array(view.buffer);
}

function concat(...parts: readonly (readonly [offset: number, bytes: Uint8Array])[]): Uint8Array {
  const length = Math.max(...parts.map(([offset, bytes]) => offset + bytes.length));
  const out = new Uint8Array(length);
  for (const [offset, bytes] of parts) out.set(bytes, offset);
  return out;
}

const withTail = (head: Uint8Array, ...tails: readonly (readonly [number, Uint8Array])[]) => ({
  bytes: concat([0, head], ...tails),
  minimum: head.length,
});

const longest = (lengths: readonly number[]): number => Math.max(0, ...lengths);

/** KEY_INFORMATION_CLASS (wdm.h). */
export function keyInformation(key: RegistryKey, informationClass: number): Information | NtStatus {
  const name = utf16Bytes(key.name);
  const time = key.lastWriteTime;
  switch (informationClass) {
    case 0:
      return withTail(fixed(time, 0, name.length), [16, name]);
    case 1:
      return nodeInformation(key, name);
    case 2:
      return fullInformation(key);
    case 3: {
      const path = utf16Bytes(key.path);
      return withTail(fixed(path.length), [4, path]);
    }
    case 4: {
      const [subkeys, nameMax, , values, valueMax, dataMax] = countsOf(key);
      const head = fixed(time, 0, subkeys, nameMax, values, valueMax, dataMax, name.length);
      return { bytes: concat([0, head], [36, new Uint8Array(4)]), minimum: 40 };
    }
    default:
      if (informationClass > 9) return STATUS.INVALID_PARAMETER;
      return notModelledHere(`KEY_INFORMATION_CLASS ${informationClass}`);
  }
}

function nodeInformation(key: RegistryKey, name: Uint8Array): Information {
  const { className } = key;
  const classOffset = align4(24 + name.length);
  const head = fixed(
    key.lastWriteTime,
    0,
    className.length === 0 ? NONE : classOffset,
    className.length,
    name.length,
  );
  const tail = className.length === 0 ? [] : [[classOffset, className] as const];
  return withTail(head, [24, name], ...tail);
}

function fullInformation(key: RegistryKey): Information {
  const { className, lastWriteTime } = key;
  const offset = className.length === 0 ? NONE : 44;
  const head = fixed(lastWriteTime, 0, offset, className.length, ...countsOf(key));
  return withTail(head, [44, className]);
}

/** SubKeys, MaxNameLen, MaxClassLen, Values, MaxValueNameLen, MaxValueDataLen. */
function countsOf(key: RegistryKey): [number, number, number, number, number, number] {
  const { subkeys, values } = key;
  return [
    subkeys.length,
    longest(subkeys.map((k) => k.name.length * 2)),
    longest(subkeys.map((k) => k.className.length)),
    values.length,
    longest(values.map((v) => v.name.length * 2)),
    longest(values.map((v) => v.data.length)),
  ];
}

/** KEY_VALUE_INFORMATION_CLASS (wdm.h); the Align64 forms differ in alignment alone. */
export function valueInformation(value: Value, informationClass: number): Information | NtStatus {
  const name = utf16Bytes(value.name);
  const { type, data } = value;
  switch (informationClass) {
    case 0:
      return withTail(fixed(0, type, name.length), [12, name]);
    case 1:
    case 3: {
      const unaligned = 20 + name.length;
      const offset = informationClass === 3 ? (unaligned + 7) & ~7 : align4(unaligned);
      const head = fixed(0, type, data.length === 0 ? NONE : offset, data.length, name.length);
      const tail = data.length === 0 ? [] : [[offset, data] as const];
      return withTail(head, [20, name], ...tail);
    }
    case 2:
      return withTail(fixed(0, type, data.length), [12, data]);
    case 4:
      return withTail(fixed(type, data.length), [8, data]);
    default:
      if (informationClass > 5) return STATUS.INVALID_PARAMETER;
      return notModelledHere(`KEY_VALUE_INFORMATION_CLASS ${informationClass}`);
  }
}
