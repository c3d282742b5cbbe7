import { expect, test } from 'vitest';
import type { EventBody } from '../../../events/event.ts';
import { allocateForKernel } from '../../../kernel/ex/pool.ts';
import { dpcQueue } from '../../../kernel/ke/dpc.ts';
import { caller, drive, testKernel } from '../../../kernel/test-kernel.ts';
import { va } from '../../../units/address.ts';
import { TICKS_PER_MS } from '../../../units/ticks.ts';
import { MINIPORT_TIMER } from './layout.ts';
import { ndis5Services } from './services.ts';

const FUNCTION = va(0xffff_f800_0000_1000n);
const CONTEXT = va(0xffff_a000_0000_1000n);

function machine() {
  const problems: string[] = [];
  const emit = (event: EventBody): void => {
    if (event.kind === 'framework-misuse') problems.push(`${event.service} ${event.problem}`);
  };
  const kernel = testKernel({ emit });
  const call = caller(kernel, ndis5Services);
  const timer = allocateForKernel(kernel, MINIPORT_TIMER.bytes, 'Test');
  const flag = allocateForKernel(kernel, 1, 'Test');
  return {
    call,
    timer,
    flag,
    problems,
    cancelled: () => kernel.mmu.u8(flag),
    isDue: () => !dpcQueue(kernel).isEmpty,
    /** Contexts of the routines that a drained queue calls. */
    run(): readonly (bigint | undefined)[] {
      const contexts: (bigint | undefined)[] = [];
      const offered = kernel.interruptSources.map((source) => source(kernel.irql));
      for (const interruption of offered) {
        if (interruption === null) continue;
        drive(interruption.run(), (effect) => {
          if (effect.kind === 'call-guest') contexts.push(effect.args[1]);
          return 0n;
        });
      }
      return contexts;
    },
    pass: (ms: bigint) => kernel.clock.advance(ms * TICKS_PER_MS),
    view: MINIPORT_TIMER.at(kernel.mmu, timer),
  };
}

test('a timer comes due once its delay has passed', () => {
  const { call, timer, isDue, pass, view } = machine();
  call('NdisMInitializeTimer', timer, 0, FUNCTION, CONTEXT);
  expect(view).toMatchObject({ MiniportTimerFunction: FUNCTION, MiniportTimerContext: CONTEXT });
  call('NdisSetTimer', timer, 20);
  pass(19n);
  expect(isDue()).toBe(false);
  pass(1n);
  expect(isDue()).toBe(true);
});

test.each([
  ['NdisMInitializeTimer', 'NdisMCancelTimer', [0, FUNCTION, CONTEXT]],
  ['NdisInitializeTimer', 'NdisCancelTimer', [FUNCTION, CONTEXT]],
] as const)(
  'a timer of %s is cancelled while it is set, and only then',
  (initialize, cancel, args) => {
    const { call, timer, flag, cancelled, isDue, pass } = machine();
    call(initialize, timer, ...args);
    call('NdisSetTimer', timer, 20);
    call(cancel, timer, flag);
    expect(cancelled()).toBe(1);
    pass(100n);
    expect(isDue()).toBe(false);
    call(cancel, timer, flag);
    expect(cancelled()).toBe(0);
  },
);

test('a periodic timer stays set', () => {
  const { call, timer, flag, cancelled, pass } = machine();
  call('NdisMInitializeTimer', timer, 0, FUNCTION, CONTEXT);
  call('NdisMSetPeriodicTimer', timer, 10);
  pass(35n);
  call('NdisMCancelTimer', timer, flag);
  expect(cancelled()).toBe(1);
});

test('setting memory that is no timer is told', () => {
  const { call, timer, problems } = machine();
  call('NdisSetTimer', timer, 20);
  expect(problems).toEqual(['NdisSetTimer not-initialized']);
});

test('a periodic NDIS_TIMER comes due again and again', () => {
  const { call, timer, isDue, pass, flag, cancelled } = machine();
  call('NdisInitializeTimer', timer, FUNCTION, CONTEXT);
  call('NdisSetPeriodicTimer', timer, 10);
  pass(25n);
  expect(isDue()).toBe(true);
  call('NdisCancelTimer', timer, flag);
  expect(cancelled()).toBe(1);
});

test('a context that comes with the setting is the one that the routine gets', () => {
  const { call, timer, pass, run } = machine();
  call('NdisInitializeTimer', timer, FUNCTION, CONTEXT);
  call('NdisSetTimerEx', timer, 5, 0x1234);
  pass(5n);
  expect(run()).toEqual([0x1234n]);
});
