import { expect, test } from 'vitest';
import type { Routine } from '../../kernel/io/fake-driver.fixture.ts';
import { allocate } from '../../kernel/test-kernel.ts';
import { NULL, type Va, va } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { halt, restart } from './life-cycle.ts';
import { FakeMiniport } from './miniport.fixture.ts';
import { NET_BUFFER_LIST } from './net-buffer-layout.ts';
import { OBJECT, setHeader } from './object-header.ts';
import { POLL_CHARACTERISTICS, POLL_DATA, POLL_NOTIFICATION } from './poll-layout.ts';

const POLL_CONTEXT = va(0xc0de_1000n);

interface Handlers {
  readonly poll?: (data: Va, on: FakeMiniport) => void;
  readonly notify?: Routine;
}

function polled({ poll, notify }: Handlers = {}) {
  const told: string[] = [];
  const on = new FakeMiniport({
    MiniportReturnNetBufferLists: () => {
      told.push('returned');
      return 0;
    },
  });
  const { kernel, machine, adapter } = on;
  const characteristics = allocate(kernel, POLL_CHARACTERISTICS.bytes);
  setHeader(kernel, characteristics, OBJECT.DEFAULT, 1, POLL_CHARACTERISTICS.bytes);
  const view = POLL_CHARACTERISTICS.at(kernel.mmu, characteristics);
  view.PollHandler = machine.routine((context, data) => {
    expect(context).toBe(POLL_CONTEXT);
    told.push(`poll at ${kernel.irql} for ${POLL_DATA.at(kernel.mmu, data).Receive.Most}`);
    poll?.(data, on);
    return 0;
  });
  view.SetPollNotificationHandler = machine.routine((context, at) => {
    told.push(`interrupts ${POLL_NOTIFICATION.at(kernel.mmu, at).Enabled ? 'on' : 'off'}`);
    return notify?.(context, at) ?? 0;
  });
  const handle = on.open('NdisRegisterPoll', adapter.handle, POLL_CONTEXT, characteristics);
  const settle = (): void => {
    machine.runInterruptions();
    machine.runThreads();
  };
  return { on, told, handle, characteristics, settle };
}

const aList = (on: FakeMiniport): Va => {
  const at = allocate(on.kernel, NET_BUFFER_LIST.bytes);
  NET_BUFFER_LIST.at(on.kernel.mmu, at).Next = NULL;
  return at;
};

test('a request is answered once, then interrupts are to be on', () => {
  const { on, told, handle, settle } = polled();
  on.call('NdisRequestPoll', handle, 0);
  on.call('NdisRequestPoll', handle, 0);
  expect(told).toEqual([]);
  settle();
  expect(told).toEqual([`poll at ${DISPATCH_LEVEL} for 1`, 'interrupts on']);
});

test('every other request is served at PASSIVE_LEVEL', () => {
  const { on, told, handle, settle } = polled();
  for (let i = 0; i < 2; i++) {
    on.call('NdisRequestPoll', handle, 0);
    settle();
  }
  expect(told.filter((line) => line.startsWith('poll'))).toEqual([
    `poll at ${DISPATCH_LEVEL} for 1`,
    `poll at ${PASSIVE_LEVEL} for 1`,
  ]);
});

test('polling goes on while frames move: those indicated come back, sends are completed', () => {
  let turn = 0;
  const { on, told, handle, settle } = polled({
    poll(data, miniport) {
      const view = POLL_DATA.at(miniport.kernel.mmu, data);
      if (turn++ > 0) return;
      view.Receive.Chain = aList(miniport);
      view.Receive.Number = 0xffff_ffff;
      view.Transmit.Chain = sent;
      view.Transmit.Number = 1;
    },
  });
  on.machine.run(restart(on.kernel, on.adapter));
  const sent = aList(on);
  const waiting = { done: false, status: NDIS_STATUS.PENDING, flag: false };
  on.adapter.sends.set(sent, waiting);
  on.call('NdisRequestPoll', handle, 0);
  settle();
  expect(waiting).toMatchObject({ done: true, status: NDIS_STATUS.SUCCESS });
  const polls = [`poll at ${DISPATCH_LEVEL} for 1`, `poll at ${DISPATCH_LEVEL} for 64`];
  expect(told.filter((line) => line.startsWith('poll'))).toEqual(polls);
  expect(told.filter((line) => line === 'returned')).toHaveLength(1);
  expect(on.problems).toEqual([]);
});

test('a miniport that only says that more remains is not polled for ever', () => {
  const { on, told, handle, settle } = polled({
    poll(data, { kernel }) {
      POLL_DATA.at(kernel.mmu, data).Receive.NumberOfRemainingNbls = 5;
    },
  });
  on.call('NdisRequestPoll', handle, 0);
  settle();
  expect([told.length, told.at(-1)]).toEqual([9, 'interrupts on']);
});

test('a request made while interrupts are switched on is not lost', () => {
  let asked = false;
  const { on, told, handle, settle } = polled({
    notify() {
      if (!asked) on.call('NdisRequestPoll', handle, 0);
      asked = true;
      return 0;
    },
  });
  on.call('NdisRequestPoll', handle, 0);
  settle();
  expect(told.filter((line) => line === 'interrupts on')).toHaveLength(2);
});

test('more than was allowed, and a count that is none, are told', () => {
  const { on, handle, settle } = polled({
    poll(data, miniport) {
      const { kernel } = miniport;
      const view = POLL_DATA.at(kernel.mmu, data);
      if (view.Receive.Most !== 1) return;
      const [first, second] = [aList(miniport), aList(miniport)];
      NET_BUFFER_LIST.at(kernel.mmu, first).Next = second;
      view.Receive.Chain = first;
      view.Receive.Number = 3;
    },
  });
  on.machine.run(restart(on.kernel, on.adapter));
  on.call('NdisRequestPoll', handle, 0);
  settle();
  expect(on.problems).toEqual(['NdisPoll wrong-count', 'NdisPoll too-many']);
});

test('a poll object that is gone is not called, and its handle is none', () => {
  const { on, told, handle, settle } = polled();
  on.call('NdisRequestPoll', handle, 0);
  on.call('NdisDeregisterPoll', handle);
  settle();
  expect(told).toEqual([]);
  on.call('NdisRequestPoll', handle, 0);
  on.call('NdisDeregisterPoll', handle);
  expect(on.problems).toEqual(['NdisRequestPoll wrong-handle', 'NdisDeregisterPoll wrong-handle']);
});

test('without both handlers or with another handle there is no poll object', () => {
  const { on, characteristics } = polled();
  const { kernel, adapter } = on;
  const out = allocate(kernel, 8);
  const register = (handle: Va): number =>
    Number(on.call('NdisRegisterPoll', handle, 0, characteristics, out));
  expect(register(va(0x1234n))).toBe(NDIS_STATUS.INVALID_PARAMETER);
  POLL_CHARACTERISTICS.at(kernel.mmu, characteristics).PollHandler = NULL;
  expect(register(adapter.handle)).toBe(NDIS_STATUS.INVALID_PARAMETER);
});

test('there is one processor to poll on', () => {
  const { on, handle } = polled();
  const number = allocate(on.kernel, 4);
  on.call('NdisSetPollAffinity', handle, number);
  expect(on.problems).toEqual([]);
  on.kernel.mmu.write(number, 4, 0x1_0000n);
  on.call('NdisSetPollAffinity', handle, number);
  expect(on.problems).toEqual(['NdisSetPollAffinity no-such-processor']);
});

test('a poll object that outlives its adapter is told', () => {
  const { on, handle } = polled();
  on.machine.run(halt(on.kernel, on.adapter, 'NdisHaltDeviceDisabled'));
  expect(on.problems).toEqual(['NdisRegisterPoll not-deregistered']);
  on.call('NdisDeregisterPoll', handle);
  on.machine.run(halt(on.kernel, on.adapter, 'NdisHaltDeviceDisabled'));
  expect(on.problems).toHaveLength(1);
});
