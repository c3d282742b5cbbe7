import { expect, test } from 'vitest';
import { vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { allocate, invoke, serviceNamed } from '../test-kernel.ts';
import { longJumpServices } from './long-jump.ts';
import { effectsOf, unwindThread } from './unwind-thread.suite.ts';

const BUFFER_BYTES = 0x100;
const named = (name: string) => serviceNamed(longJumpServices, name);

/** A buffer set by `_setjmp`, and the registers it holds, before the thread went on. */
function kept(frame: (thread: ReturnType<typeof unwindThread>) => bigint) {
  const thread = unwindThread();
  const { kernel, context } = thread;
  context.gpr = context.gpr.map((value, i) => (i === 4 || i === 5 ? value : BigInt(i * 0x11)));
  context.xmm = context.xmm.map((_, i) => i);
  const before = structuredClone(context);
  const buffer = allocate(kernel, BUFFER_BYTES);
  expect(invoke(kernel, named('_setjmp'), [buffer, frame(thread)])).toBe(0n);
  context.gpr = context.gpr.map((value, i) => (i === 4 || i === 5 ? value : 0xbadn));
  context.xmm = context.xmm.map(() => 0xee);
  return { thread, buffer, before };
}

test.each([
  [5, 5n],
  [0, 1n],
  [-1, 0xffff_ffffn],
])('longjmp with %i goes back to where the registers were kept', (value, rax) => {
  const { thread, buffer, before } = kept(() => 0n);
  const [effect] = effectsOf(thread, named('longjmp'), [buffer, BigInt(value)]);
  if (effect?.kind !== 'resume-guest') throw new RangeError('it went on');
  const { gpr, xmm, rip, rsp, mxcsr } = effect.context;
  expect([rip, rsp, mxcsr, gpr[0]]).toEqual([before.rip, before.rsp, before.mxcsr, rax]);
  const saved = [3, 4, 5, 6, 7, 12, 13, 14, 15];
  expect(saved.map((i) => gpr[i])).toEqual(saved.map((i) => before.gpr[i]));
  expect(xmm.slice(96)).toEqual(before.xmm.slice(96));
  expect([gpr[1], xmm[0]]).toEqual([0xbadn, 0xee]);
});

test('with a frame, termination handlers between are called, and told of a long jump', () => {
  const { thread, buffer, before } = kept(({ frame }) => frame);
  const { kernel } = thread;
  const seen: unknown[] = [];
  const effects = effectsOf(thread, named('longjmp'), [buffer, 2n], (record) => {
    seen.push(kernel.mmu.u32(record), kernel.mmu.u64(vaAdd(record, 32)));
  });
  expect(effects.map(({ kind }) => kind)).toEqual(['call-guest', 'resume-guest']);
  expect(seen).toEqual([STATUS.LONGJUMP, buffer]);
  expect(effects[1]).toMatchObject({ context: { rip: before.rip, rsp: before.rsp } });
});

test('a frame that has gone is STATUS_BAD_STACK', () => {
  const { thread, buffer } = kept(({ frame }) => frame + 8n);
  expect(() => invoke(thread.kernel, named('longjmp'), [buffer, 1], () => 1n)).toThrow(
    expect.objectContaining({ runEnd: 'bugcheck', detail: expect.stringContaining('BAD_STACK') }),
  );
});
