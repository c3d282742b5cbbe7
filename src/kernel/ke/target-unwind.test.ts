import { expect, test } from 'vitest';
import { vaAdd } from '../../units/address.ts';
import { allocate, invoke, serviceNamed } from '../test-kernel.ts';
import { CONTEXT_BYTES, readContext } from './context.ts';
import { targetUnwindServices } from './target-unwind.ts';
import { effectsOf, unwindThread } from './unwind-thread.suite.ts';

const CONTINUED = 0x1234n;
const named = (name: string) => serviceNamed(targetUnwindServices, name);

test.each([
  ['_local_unwind', [], 0n],
  ['RtlUnwind', [0n, 77n], 77n],
] as const)(
  '%s calls the termination handler of the frame and goes on in it',
  (name, more, rax) => {
    const thread = unwindThread();
    const effects = effectsOf(thread, named(name), [thread.frame, CONTINUED, ...more]);
    expect(effects.map(({ kind }) => kind)).toEqual(['call-guest', 'resume-guest']);
    const [, last] = effects;
    expect(last).toMatchObject({ context: { rip: CONTINUED, rsp: thread.context.rsp } });
    expect(last?.kind === 'resume-guest' && last.context.gpr[0]).toBe(rax);
  },
);

test('RtlUnwindEx tells where it was called from, and its handlers whose exception it is', () => {
  const thread = unwindThread();
  const { kernel, frame } = thread;
  const context = allocate(kernel, CONTEXT_BYTES);
  const record = allocate(kernel, 0x98);
  kernel.mmu.write(record, 4, 0xe000_0001n);
  kernel.mmu.write(vaAdd(record, 24), 4, 1n);
  kernel.mmu.write(vaAdd(record, 32), 8, 5n);
  const seen: number[] = [];
  const args = [frame, CONTINUED, record, 3n, context, 0n];
  effectsOf(thread, named('RtlUnwindEx'), args, (at) => seen.push(kernel.mmu.u32(at)));
  expect(readContext(kernel, context).rip).toBe(thread.context.rip);
  expect(seen).toEqual([0xe000_0001]);
});

test('a frame that is not there is STATUS_BAD_STACK', () => {
  const { kernel, frame } = unwindThread();
  const service = named('_local_unwind');
  expect(() => invoke(kernel, service, [frame + 8n, CONTINUED], () => 1n)).toThrow(
    expect.objectContaining({
      runEnd: 'bugcheck',
      parameters: [0xc000_0028n, expect.anything(), 0n, 0n],
    }),
  );
});

test('what is not modelled ends the run by name', () => {
  const { kernel } = unwindThread();
  const service = named('RtlUnwind');
  const record = allocate(kernel, 0x98);
  kernel.mmu.write(record, 4, 0x8000_0026n);
  for (const args of [
    [0n, CONTINUED, 0n, 0n],
    [8n, CONTINUED, record, 0n],
  ]) {
    expect(() => invoke(kernel, service, args)).toThrow(
      expect.objectContaining({ runEnd: 'not-modelled' }),
    );
  }
});
