import { expect, test } from 'vitest';
import { NULL, PAGE_SIZE, type Va, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { addFunction, FakeDriver, FakeMachine } from '../io/fake-driver.fixture.ts';
import { lockBuffer } from '../io/request-mdl.ts';
import { allocate } from '../test-kernel.ts';
import { commonBuffers } from './common-buffers.ts';

const PCI_CONFIGURATION = 4;
const PCI_BUS = 5;

function machineWithAdapter(bridge = 0, version = 2) {
  const machine = new FakeMachine();
  const driver = new FakeDriver(machine);
  const node = driver.add(addFunction(machine, 'edu#1', bridge));
  const { kernel } = machine;
  const description = allocate(kernel, 64);
  kernel.mmu.write(description, 4, BigInt(version));
  kernel.mmu.write(vaAdd(description, 5), 1, 1n);
  kernel.mmu.write(vaAdd(description, 8), 1, 1n);
  kernel.mmu.write(vaAdd(description, 32), 4, 0x4000n);
  const registers = allocate(kernel, 4);
  const adapter = va(machine.call('IoGetDmaAdapter', node.pdo, description, registers));
  expect(kernel.mmu.u32(registers)).toBe(5);
  return { machine, kernel, driver, adapter };
}

test('configuration space by bus and slot', () => {
  const machine = new FakeMachine();
  const fn = addFunction(machine);
  const { kernel } = machine;
  const at = allocate(kernel, 8);
  const slot = fn.location.device | (fn.location.function << 5);
  const get = (bus: number, where: number, length = 4) =>
    machine.call('HalGetBusDataByOffset', PCI_CONFIGURATION, bus, where, at, 0, length);
  expect(get(0, slot)).toBe(4n);
  expect(kernel.mmu.u32(at)).toBe(0x11e8_1234);
  expect(get(0, slot + 1)).toBe(2n);
  expect(kernel.mmu.u16(at)).toBe(0xffff);
  expect(get(7, slot)).toBe(0n);
  kernel.mmu.write(at, 1, 0x20n);
  const set = machine.call('HalSetBusDataByOffset', PCI_CONFIGURATION, 0, slot, at, 0x0c, 1);
  expect(set).toBe(1n);
  expect(fn.readConfig(0x0c, 1)).toBe(0x20);
});

test('bus addresses are translated by the bridge that owns the bus', () => {
  const machine = new FakeMachine();
  const { kernel } = machine;
  const space = allocate(kernel, 4);
  const out = allocate(kernel, 8);
  const translate = (bus: number, address: number) => {
    kernel.mmu.write(space, 4, 0n);
    return machine.call('HalTranslateBusAddress', PCI_BUS, bus, address, space, out);
  };
  expect(translate(0, 0xfed0_0000)).toBe(1n);
  expect(kernel.mmu.u64(out)).toBe(0xfed0_0000n);
  expect(translate(0x40, 0x8000_1000)).toBe(1n);
  expect(kernel.mmu.u64(out)).toBe(0x10_8000_1000n);
  expect(translate(0x40, 0x1000)).toBe(0n);
  expect(translate(9, 0x1000)).toBe(0n);
});

test('a common buffer has the address that the device will use', () => {
  const { machine, kernel, adapter } = machineWithAdapter(1);
  const logical = allocate(kernel, 8);
  const at = va(machine.call('HalpAllocateCommonBuffer', adapter, 0x1800, logical, 1));
  kernel.mmu.write(at, 4, 0x1234n);
  const ramAt = 0x0800_0000;
  const physical = kernel.mmu.translate(at, 'read');
  expect(kernel.mmu.u64(logical)).toBe(BigInt(physical + ramAt));
  expect(commonBuffers(kernel).liveCount).toBe(1);
  machine.call('HalpFreeCommonBuffer', adapter, 0x1800, 0, at, 1);
  expect(commonBuffers(kernel).liveCount).toBe(0);
  expect(kernel.mmu.isReadable(at, 1)).toBe(false);
});

test('a scatter/gather list covers the buffer in order', () => {
  const { machine, kernel, driver, adapter } = machineWithAdapter();
  const buffer = vaAdd(allocate(kernel, 3 * PAGE_SIZE), 0x100);
  const mdl = lockBuffer(kernel, buffer, 2 * PAGE_SIZE, true) ?? NULL;
  const runs: { address: bigint; length: number }[] = [];
  let list = NULL;
  const routine = machine.routine((_device, _irp, given: Va) => {
    list = given;
    for (let i = 0; i < kernel.mmu.u32(given); i++) {
      const element = vaAdd(given, 16 + i * 24);
      const length = kernel.mmu.u32(vaAdd(element, 8));
      runs.push({ address: kernel.mmu.u64(element), length });
    }
    return 0;
  });
  const args = [adapter, driver.fdo, mdl, buffer, 2 * PAGE_SIZE, routine, NULL, 1];
  expect(machine.call('HalpGetScatterGatherList', ...args)).toBe(0n);
  expect(runs.reduce((sum, { length }) => sum + length, 0)).toBe(2 * PAGE_SIZE);
  expect(runs[0]?.address).toBe(BigInt(kernel.mmu.translate(buffer, 'read')));
  machine.call('HalpPutScatterGatherList', adapter, list, 1);
  expect(kernel.mmu.isReadable(list, 1)).toBe(false);
});

test('an adapter serves one driver routine after the other', () => {
  const { machine, driver, adapter } = machineWithAdapter();
  const calls: string[] = [];
  const keep = machine.routine(() => {
    calls.push('keep');
    return 1;
  });
  const release = machine.routine(() => {
    calls.push('release');
    return 3;
  });
  const allocateChannel = (routine: Va, registers = 1) =>
    machine.call('HalpAllocateAdapterChannel', adapter, driver.fdo, registers, routine, NULL);
  allocateChannel(keep);
  allocateChannel(release);
  expect(calls).toEqual(['keep']);
  machine.call('HalpFreeAdapterChannel', adapter);
  expect(calls).toEqual(['keep', 'release']);
  const tooMany = allocateChannel(release, 100);
  expect(tooMany).toBe(BigInt(STATUS.INSUFFICIENT_RESOURCES));
});

test('a routine behind a slot that is not modelled ends the run by name', () => {
  const { machine, adapter } = machineWithAdapter(0, 3);
  expect(() => machine.call('HalpFlushDmaBuffer', adapter)).toThrow(
    expect.objectContaining({ runEnd: 'not-modelled', name: 'DMA_OPERATIONS.FlushDmaBuffer' }),
  );
});

test('a legacy driver is given what its slot needs', () => {
  const machine = new FakeMachine();
  const fn = addFunction(machine);
  const { kernel } = machine;
  const out = allocate(kernel, 8);
  const slot = fn.location.device;
  const args = [NULL, NULL, NULL, NULL, PCI_BUS, 0, slot, out];
  expect(machine.call('HalAssignSlotResources', ...args)).toBe(0n);
  expect(fn.windows[0]?.open).toBeDefined();
  const conflict = allocate(kernel, 1);
  const list = kernel.mmu.pointer(out);
  const report = [NULL, NULL, NULL, 0, NULL, list, 100, 0, conflict];
  expect(machine.call('IoReportResourceUsage', ...report)).toBe(0n);
  expect(kernel.mmu.u8(conflict)).toBe(0);
});
