import { expect, test } from 'vitest';
import { allocate } from '../../kernel/test-kernel.ts';
import { vaAdd } from '../../units/address.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { interfaceIndex } from './init-parameters.ts';
import { FakeMiniport } from './miniport.fixture.ts';
import { OBJECT, setHeader } from './object-header.ts';

const ETHERNET = 6;
const luid = (index: number): bigint => (BigInt(ETHERNET) << 48n) | (BigInt(index) << 24n);

function provider() {
  const on = new FakeMiniport();
  const { kernel } = on;
  const characteristics = allocate(kernel, 40);
  setHeader(kernel, characteristics, OBJECT.DEFAULT, 1, 40);
  kernel.mmu.write(vaAdd(characteristics, 8), 8, 0x1234n);
  const handle = on.open('NdisIfRegisterProvider', characteristics, 0);
  const out = allocate(kernel, 8);
  const register = (value: bigint) => ({
    status: Number(on.call('NdisIfRegisterInterface', handle, value, 0, out, out)),
    index: kernel.mmu.u32(out),
  });
  const word = (name: string, ...args: readonly (bigint | number)[]): number => {
    on.call(name, ...args, out);
    return kernel.mmu.u32(out);
  };
  return { on, handle, characteristics, register, word, out };
}

test('an interface has an index of its own, and is found by it and by its NET_LUID', () => {
  const { on, register, word, out } = provider();
  const { status, index } = register(luid(7));
  expect(status).toBe(NDIS_STATUS.SUCCESS);
  expect(index).not.toBe(7);
  expect(word('NdisIfGetInterfaceIndexFromNetLuid', luid(7))).toBe(index);
  on.call('NdisIfGetNetLuidFromInterfaceIndex', index, out);
  expect(on.kernel.mmu.u64(out)).toBe(luid(7));
  expect(register(luid(7)).status).toBe(0xc000_022a);
});

test('indexes of NET_LUIDs are given out once, by type', () => {
  const { on, word } = provider();
  const first = word('NdisIfAllocateNetLuidIndex', ETHERNET);
  expect(word('NdisIfAllocateNetLuidIndex', ETHERNET)).not.toBe(first);
  expect(Number(on.call('NdisIfFreeNetLuidIndex', ETHERNET + 1, first))).toBe(
    NDIS_STATUS.INVALID_PARAMETER,
  );
  expect(Number(on.call('NdisIfFreeNetLuidIndex', ETHERNET, first))).toBe(NDIS_STATUS.SUCCESS);
  expect(word('NdisIfAllocateNetLuidIndex', ETHERNET)).toBe(first);
});

test('only interfaces that there are stand one over the other', () => {
  const { on, register } = provider();
  const { index } = register(luid(7));
  const adapter = interfaceIndex(on.adapter);
  const put = (higher: number, lower: number): number =>
    Number(on.call('NdisIfAddIfStackEntry', higher, lower));
  expect(put(index, adapter)).toBe(NDIS_STATUS.SUCCESS);
  expect(put(index, 0x5555)).toBe(NDIS_STATUS.INTERFACE_NOT_FOUND);
  on.call('NdisIfDeregisterInterface', index);
  on.call('NdisIfDeleteIfStackEntry', index, adapter);
  on.call('NdisIfDeregisterInterface', index);
  expect(on.problems).toEqual([
    'NdisIfDeleteIfStackEntry no-such-entry',
    'NdisIfDeregisterInterface not-registered',
  ]);
});

test('a provider goes after its interfaces', () => {
  const { on, handle, register } = provider();
  register(luid(7));
  on.call('NdisIfDeregisterProvider', handle);
  on.call('NdisIfDeregisterProvider', handle);
  expect(on.problems[0]).toBe('NdisIfDeregisterProvider interfaces-left');
  expect(on.problems.at(-1)).toBe('NdisIfDeregisterProvider wrong-handle');
  expect(register(luid(8)).status).toBe(NDIS_STATUS.INVALID_PARAMETER);
});

test('a provider without a query handler is none', () => {
  const { on, characteristics, out } = provider();
  on.kernel.mmu.write(vaAdd(characteristics, 8), 8, 0n);
  expect(Number(on.call('NdisIfRegisterProvider', characteristics, 0, out))).toBe(
    NDIS_STATUS.INVALID_PARAMETER,
  );
});

test('indexes come to an end, and the driver is told', () => {
  const { on, register, out } = provider();
  const allocate = (): number => Number(on.call('NdisIfAllocateNetLuidIndex', ETHERNET, out));
  for (let i = 0; i < 0x1000; i++) {
    register(luid(i));
    allocate();
  }
  expect(allocate()).toBe(NDIS_STATUS.RESOURCES);
  expect(register(luid(0x1000)).status).toBe(NDIS_STATUS.RESOURCES);
});
