import { expect, test } from 'vitest';
import { busRig, functionSpec, memoryBar } from './bus.suite.ts';
import type { VendorCapability } from './function-spec.ts';
import { CAPABILITIES_POINTER, CAPABILITY_VENDOR_SPECIFIC } from './pci-spec.ts';

/** Fields as VIRTIO 1.2, 4.1.4.9 has them. */
const WINDOW: VendorCapability = {
  body: Uint8Array.of(5, ...new Array<number>(16).fill(0)),
  writable: new Uint8Array(17).fill(0xff, 1),
  barAccess: { bar: 4, offset: 8, length: 12, data: 16 },
};

function opened() {
  const on = busRig();
  const fn = on.bus.add(
    functionSpec({
      bars: [memoryBar(0, 0x1000)],
      vendor: [{ body: Uint8Array.of(0xaa, 0xbb) }, WINDOW],
    }),
  );
  const told: (readonly [string, number, number, bigint])[] = [];
  fn.connect({
    read(bar, offset) {
      told.push(['read', bar, offset, 0n]);
      return 0x1122_3344n;
    },
    write: (bar, offset, _size, value) => told.push(['write', bar, offset, value]),
    reset() {},
  });
  const [plain = 0, window = 0] = fn.capabilities.vendor;
  const point = (bar: number, offset: number, length: number) => {
    fn.writeConfig(window + 4, 1, bar);
    fn.writeConfig(window + 8, 4, offset);
    fn.writeConfig(window + 12, 4, length);
  };
  return { fn, told, plain, window, point };
}

test('vendor capabilities are in the list, with their length and body', () => {
  const { fn, plain, window } = opened();
  const list: number[] = [];
  for (let at = fn.readConfig(CAPABILITIES_POINTER, 1); at !== 0; at = fn.readConfig(at + 1, 1)) {
    if (fn.readConfig(at, 1) === CAPABILITY_VENDOR_SPECIFIC) list.push(at);
  }
  expect(list).toEqual([plain, window]);
  expect([2, 3, 4].map((offset) => fn.readConfig(plain + offset, 1))).toEqual([5, 0xaa, 0xbb]);
  fn.writeConfig(plain + 3, 1, 0);
  expect(fn.readConfig(plain + 3, 1)).toBe(0xaa);
});

test('reading and writing the data reaches the BAR, decoded or not', () => {
  const { fn, told, window, point } = opened();
  point(0, 0x10, 4);
  expect(fn.readConfig(window + 16, 4)).toBe(0x1122_3344);
  fn.writeConfig(window + 16, 4, 0x5566_7788);
  point(0, 0x12, 2);
  fn.writeConfig(window + 16, 2, 0x99aa);
  expect(told).toEqual([
    ['read', 0, 0x10, 0n],
    ['write', 0, 0x10, 0x5566_7788n],
    ['write', 0, 0x12, 0x99aan],
  ]);
});

test.each([
  [0, 0, 0],
  [0, 2, 4],
  [0, 0x1000, 4],
  [3, 0, 4],
  [0, 0, 3],
])('BAR %i, offset %i, length %i reach nothing', (bar, offset, length) => {
  const { fn, told, window, point } = opened();
  point(bar, offset, length);
  fn.readConfig(window + 16, 4);
  fn.writeConfig(window + 16, 4, 1);
  fn.readConfigBytes(0, 0x100);
  expect(told).toEqual([]);
});
