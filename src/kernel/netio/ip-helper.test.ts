import { expect, test } from 'vitest';
import { type Va, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { allocate, caller, drive, testKernel } from '../test-kernel.ts';
import { netioServices } from './services.ts';

const [NOT_FOUND, NOT_SUPPORTED, INVALID] = [
  STATUS.NOT_FOUND,
  STATUS.NOT_SUPPORTED,
  STATUS.INVALID_PARAMETER,
].map(BigInt) as [bigint, bigint, bigint];

function setup() {
  const kernel = testKernel();
  return { kernel, call: caller(kernel, netioServices), at: allocate(kernel, 64) };
}

/** What a callback of the workers hears: entry and arguments. */
function heard(kernel: ReturnType<typeof testKernel>) {
  const calls: unknown[] = [];
  for (const { body } of kernel.scheduler.threads) {
    drive(body(), (effect) => {
      if (effect.kind === 'call-guest') calls.push([effect.entry, ...effect.args]);
      return 0n;
    });
  }
  return calls;
}

test.each(['NotifyIpInterfaceChange', 'NotifyRouteChange2', 'NotifyUnicastIpAddressChange'])(
  '%s confirms the registration where that is asked for, and can be cancelled once',
  (name) => {
    const { kernel, call, at } = setup();
    expect(call(name, 0, 0x7000, 0x55, 1, at)).toBe(0n);
    const handle = kernel.mmu.u64(at);
    expect(heard(kernel)).toEqual([[0x7000n, 0x55n, 0n, 3n]]);
    expect(call('CancelMibChangeNotify2', handle)).toBe(0n);
    expect(call('CancelMibChangeNotify2', handle)).toBe(INVALID);
    expect(call(name, 23, 0x7000, 0, 0, at)).toBe(0n);
    expect(kernel.scheduler.threads).toHaveLength(1);
    expect(call(name, 5, 0x7000, 0, 0, at)).toBe(INVALID);
  },
);

test('a registration that is cancelled at once is not confirmed any more', () => {
  const { kernel, call, at } = setup();
  call('NotifyIpInterfaceChange', 2, 0x7000, 0, 1, at);
  call('CancelMibChangeNotify2', kernel.mmu.u64(at));
  expect(heard(kernel)).toEqual([]);
});

test('there is no route and no interface', () => {
  const { kernel, call, at } = setup();
  expect(call('GetIpForwardTable2', 2, at)).toBe(NOT_SUPPORTED);
  expect(call('GetIpForwardTable2', 0, at)).toBe(NOT_FOUND);
  expect(call('GetIpForwardTable2', 7, at)).toBe(INVALID);
  expect(call('GetBestRoute2', 0, 0, 0, at, 0, at, at)).toBe(INVALID);
  kernel.mmu.write(at, 2, 23n);
  expect(call('GetBestRoute2', 0, 0, 0, at, 0, at, at)).toBe(NOT_SUPPORTED);
  expect(call('GetBestRoute2', 0, 0, 0, 0, 0, at, at)).toBe(INVALID);
  const entry = (family: number, luid: number, index: number) => {
    const row: Va = va(at);
    kernel.mmu.write(row, 2, BigInt(family));
    kernel.mmu.write(vaAdd(row, 8), 8, BigInt(luid));
    kernel.mmu.write(vaAdd(row, 16), 4, BigInt(index));
    return call('GetIpInterfaceEntry', row);
  };
  expect(entry(2, 1, 0)).toBe(NOT_FOUND);
  expect(entry(23, 0, 5)).toBe(NOT_FOUND);
  expect(entry(2, 0, 0)).toBe(INVALID);
  expect(entry(0, 1, 0)).toBe(INVALID);
  call('FreeMibTable', 0);
});
