import { expect, test } from 'vitest';
import { PhysicalMemory } from '../memory/physical.ts';
import { CODE_MAP_SLOT, CODE_MAP_WAYS, CodeMap } from './code-map.ts';

const physical = new PhysicalMemory(0x10000);

/** Every entry, as the dispatcher would find them. */
function entries(): Map<bigint, number> {
  const found = new Map<bigint, number>();
  for (let bucket = 0; bucket < 0x100000; bucket += 32) {
    for (const way of CODE_MAP_WAYS) {
      const address = physical.view.getBigUint64(way + bucket, true);
      if (address !== 1n << 62n) {
        found.set(address, physical.view.getInt32(way + bucket + CODE_MAP_SLOT, true));
      }
    }
  }
  return found;
}

test('two addresses of one bucket are both found, a third displaces the older', () => {
  const map = new CodeMap(physical);
  // The hash looks at the low 32 bits alone.
  const [a, b, c] = [0x1000n, 0x1_0000_1000n, 0x2_0000_1000n];
  map.set(a, 1);
  map.set(b, 2);
  expect(entries()).toEqual(
    new Map([
      [b, 2],
      [a, 1],
    ]),
  );
  map.set(c, 3);
  expect(new Set(entries().keys())).toEqual(new Set([b, c]));
  map.remove(b);
  expect(entries()).toEqual(new Map([[c, 3]]));
  map.clear();
  expect(entries().size).toBe(0);
});

test('setting an address again changes its slot', () => {
  const map = new CodeMap(physical);
  map.set(0x2000n, 1);
  map.set(0x2000n, 2);
  expect(entries()).toEqual(new Map([[0x2000n, 2]]));
});
