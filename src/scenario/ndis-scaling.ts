/** Receive side scaling as TCP/IP sets it up: a key, a table of processors, and off again. */

import { concat, u32At } from '../devices/net/bytes.ts';
import type { Adapter } from '../frameworks/ndis/adapter.ts';
import { isAtLeast } from '../frameworks/ndis/miniport-driver.ts';
import { models } from '../frameworks/ndis/models.ts';
import { OBJECT } from '../frameworks/ndis/object-header.ts';
import {
  DISABLE_SCALING,
  HASH,
  SCALE_CAPABILITY,
  SCALE_PARAMETERS,
  SCALE_PARAMETERS_BYTES,
} from '../frameworks/ndis/offload-layout.ts';
import { OID } from '../frameworks/ndis/oids.ts';
import { structureBytes } from '../frameworks/ndis/structure-bytes.ts';
import type { Blocking } from '../kernel/effects.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { isSuccess } from '../units/status.ts';

/** The example of "Verifying the RSS Hash Calculation". */
const KEY = Uint8Array.of(
  0x6d,
  0x5a,
  0x56,
  0xda,
  0x25,
  0x5b,
  0x0e,
  0xc2,
  0x41,
  0x67,
  0x25,
  0x3d,
  0x43,
  0xa3,
  0x8f,
  0xb0,
  0xd0,
  0xca,
  0x2b,
  0xcb,
  0xae,
  0x7b,
  0x30,
  0xb4,
  0x77,
  0xcb,
  0x2d,
  0xa3,
  0x80,
  0x30,
  0xf2,
  0x0c,
  0x6a,
  0x42,
  0xb7,
  0x3b,
  0xbe,
  0xac,
  0x01,
  0xfa,
);

const MOST_ENTRIES = 128;

/** What the stack has the adapter hash; 0 where it has no such scaling. Tables that change entry by entry (RSSv2) are not set. */
function hashOf({ general }: Adapter): number {
  const scale = general?.receiveScale ?? null;
  if (scale === null || scale.queues === 0) return 0;
  const can = (flag: number): boolean => (scale.flags & flag) !== 0;
  if (!can(SCALE_CAPABILITY.TOEPLITZ) || can(SCALE_CAPABILITY.INDEPENDENT_ENTRY_MOVE)) return 0;
  const four = can(SCALE_CAPABILITY.HASH_TYPE_TCP_IPV4) ? HASH.IPV4 | HASH.TCP_IPV4 : 0;
  const six = can(SCALE_CAPABILITY.HASH_TYPE_TCP_IPV6) ? HASH.IPV6 | HASH.TCP_IPV6 : 0;
  return four + six === 0 ? 0 : four | six | SCALE_CAPABILITY.TOEPLITZ;
}

/** True when the miniport scales. */
export function* scaleReceives(kernel: Kernel, adapter: Adapter): Blocking<boolean> {
  const hash = hashOf(adapter);
  if (hash === 0) return false;
  const entries = entriesOf(adapter);
  /** Every entry names the one processor there is: PROCESSOR_NUMBER, a CCHAR before NDIS 6.20. */
  const table = new Uint8Array(entries * (isAtLeast(adapter.driver, 6, 20) ? 4 : 1));
  return yield* set(kernel, adapter, (view, size) => {
    view.HashInformation = hash;
    view.IndirectionTableSize = table.length;
    view.IndirectionTableOffset = size;
    view.HashSecretKeySize = KEY.length;
    view.HashSecretKeyOffset = size + table.length;
    return [table, KEY];
  });
}

export function* stopScaling(kernel: Kernel, adapter: Adapter): Blocking<void> {
  yield* set(kernel, adapter, (view) => {
    view.Flags = DISABLE_SCALING;
    return [];
  });
}

/** The largest power of two that the miniport takes. */
function entriesOf({ general }: Adapter): number {
  const most = Math.min(general?.receiveScale?.entries || MOST_ENTRIES, MOST_ENTRIES);
  return 2 ** Math.floor(Math.log2(most));
}

type Parameters = ReturnType<typeof SCALE_PARAMETERS.at>;

function* set(
  kernel: Kernel,
  adapter: Adapter,
  fill: (view: Parameters, size: number) => readonly Uint8Array[],
): Blocking<boolean> {
  const { driver } = adapter;
  const revision = isAtLeast(driver, 6, 60) ? 3 : isAtLeast(driver, 6, 20) ? 2 : 1;
  const size = SCALE_PARAMETERS_BYTES[revision - 1] ?? SCALE_PARAMETERS.bytes;
  const header = { type: OBJECT.RSS_PARAMETERS, revision, size };
  let behind: readonly Uint8Array[] = [];
  const head = structureBytes(kernel, SCALE_PARAMETERS, header, (view) => {
    behind = fill(view, size);
  });
  const value = concat([head.subarray(0, size), ...behind]);
  const oid = OID.GEN_RECEIVE_SCALE_PARAMETERS;
  return isSuccess((yield* models(adapter).set(kernel, adapter, oid, value)).status);
}

/** "RSS Hashing Functions": every bit that is set adds the 32 bits of the key that begin where it stands. */
export function toeplitz(input: Uint8Array): number {
  let hash = 0;
  input.forEach((byte, i) => {
    for (let bit = 0; bit < 8; bit++) {
      if ((byte & (0x80 >> bit)) === 0) continue;
      const dword = u32At(KEY, i);
      hash ^= bit === 0 ? dword : (dword << bit) | ((KEY[i + 4] ?? 0) >>> (8 - bit));
    }
  });
  return hash >>> 0;
}
