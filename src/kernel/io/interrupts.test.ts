import { expect, test } from 'vitest';
import { NULL, type Va, va, vaAdd } from '../../units/address.ts';
import { allocate } from '../test-kernel.ts';
import { addFunction, FakeDriver, FakeMachine } from './fake-driver.fixture.ts';
import { interrupts } from './interrupts.ts';
import { startDevice } from './pnp/pnp-manager.ts';

function started(messages = 0) {
  const machine = new FakeMachine();
  const fn = addFunction(machine);
  const driver = new FakeDriver(machine);
  const node = driver.add(fn, 'edu#1', messages);
  machine.run(startDevice(machine.kernel, node));
  return { machine, fn, node };
}

/** IO_CONNECT_INTERRUPT_PARAMETERS of the wanted version, 80 bytes. */
function connect(machine: FakeMachine, version: number, members: readonly bigint[]): Va {
  const at = allocate(machine.kernel, 80);
  machine.kernel.mmu.write(at, 4, BigInt(version));
  members.forEach((member, i) => {
    machine.kernel.mmu.write(vaAdd(at, 8 + i * 8), 8, member);
  });
  expect(machine.call('IoConnectInterruptEx', at)).toBe(0n);
  return at;
}

test('a line that is up calls the routine at its IRQL until it goes down', () => {
  const { machine, fn, node } = started();
  const levels: number[] = [];
  const isr = machine.routine(() => {
    levels.push(machine.kernel.irql);
    if (levels.length === 2) fn.lower();
    return 1;
  });
  const out = allocate(machine.kernel, 8);
  connect(machine, 2, [node.pdo, out, isr, NULL, NULL, 0n]);
  fn.raise();
  machine.runInterruptions();
  expect(levels).toHaveLength(2);
  expect(levels[0]).toBeGreaterThan(2);
  machine.call('IoDisconnectInterrupt', machine.kernel.mmu.pointer(out));
  const told = machine.events.flatMap((e) => (e.kind === 'interrupt' ? [e.what] : []));
  expect(told).toEqual(['connect', 'disconnect']);
});

test('messages reach the routine with their number', () => {
  const { machine, fn, node } = started(4);
  const got: bigint[] = [];
  const isr = machine.routine((_interrupt, _context, message) => {
    got.push(message ?? NULL);
    return 1;
  });
  const out = allocate(machine.kernel, 8);
  const at = connect(machine, 3, [node.pdo, out, isr, NULL, NULL, 0n, NULL]);
  expect(machine.kernel.mmu.u32(at)).toBe(3);
  fn.message(2);
  fn.message(0);
  machine.runInterruptions();
  expect(got.toSorted()).toEqual([0n, 2n]);
});

test('without messages the fall-back routine is connected to the line', () => {
  const { machine, fn, node } = started();
  let calls = 0;
  const isr = machine.routine(() => {
    calls++;
    fn.lower();
    return 1;
  });
  const out = allocate(machine.kernel, 8);
  const at = connect(machine, 3, [node.pdo, out, va(1n), NULL, NULL, 0n, isr]);
  expect(machine.kernel.mmu.u32(at)).toBe(2);
  fn.raise();
  machine.runInterruptions();
  expect(calls).toBe(1);
});

test('a line that nobody lowers is a storm', () => {
  const { machine, fn, node } = started();
  const isr = machine.routine(() => 0);
  connect(machine, 2, [node.pdo, allocate(machine.kernel, 8), isr, NULL, NULL, 0n]);
  fn.raise();
  let thrown: unknown;
  try {
    for (let i = 0; i < 100; i++) machine.runInterruptions();
  } catch (end) {
    thrown = end;
  }
  expect(thrown).toMatchObject({ runEnd: 'budget', why: expect.stringContaining('edu#1') });
  expect(interrupts(machine.kernel).unclaimed).toBe(10_000);
});

test('a routine synchronized with the interrupt runs at its level', () => {
  const { machine, node } = started();
  const out = allocate(machine.kernel, 8);
  connect(machine, 2, [node.pdo, out, machine.routine(() => 1), NULL, NULL, 0n]);
  let irql = 0;
  const routine = machine.routine(() => {
    irql = machine.kernel.irql;
    return 1;
  });
  const object = machine.kernel.mmu.pointer(out);
  expect(machine.call('KeSynchronizeExecution', object, routine, NULL)).toBe(1n);
  expect(irql).toBeGreaterThan(2);
  expect(machine.kernel.irql).toBe(0);
});
