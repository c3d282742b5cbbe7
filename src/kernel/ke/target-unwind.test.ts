import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { unwindModule } from '../../image/function-table.ts';
import { loadImage } from '../../image/load.ts';
import { parsePe } from '../../image/pe.ts';
import { imageSymbols } from '../../image/symbols.ts';
import { virtualUnwind } from '../../image/unwind.ts';
import { type Va, va, vaAdd } from '../../units/address.ts';
import type { Effect, GuestContext } from '../effects.ts';
import { allocate, invoke, serviceNamed, testKernel } from '../test-kernel.ts';
import { CONTEXT_BYTES, readContext, toUnwind } from './context.ts';
import { guestReader } from './exception.ts';
import { modules } from './modules.ts';
import { targetUnwindServices } from './target-unwind.ts';

const BASE = va(0xffff_f800_6000_0000n);
const CONTINUED = 0x1234n;

/** A thread of an image of ours that stands in a function with a termination handler. */
function setup() {
  const kernel = testKernel();
  const path = new URL('../../../drivers/bin/wdm/seh-ok.sys', import.meta.url);
  const image = parsePe(new Uint8Array(readFileSync(path)));
  const loaded = loadImage(image, { base: BASE, seed: 0n, resolveImport: () => 0n });
  const unwinding = unwindModule(loaded);
  const symbols = imageSymbols(image);
  modules(kernel).add({ ...unwinding, name: 'seh-ok.sys', image, symbols, entryPoint: BASE });
  const stack = vaAdd(allocate(kernel, 0x4000), 0x2000);
  const contextIn = (pc: Va): GuestContext => {
    const gpr = Array.from({ length: 16 }, () => BigInt(stack));
    return { rip: pc, rsp: stack, rflags: 2n, gpr, xmm: new Uint8Array(256), mxcsr: 0x1f80 };
  };
  for (let i = 0; i < unwinding.functions.length; i++) {
    const context = contextIn(vaAdd(BASE, (unwinding.functions.at(i)?.end ?? 2) - 2));
    const result = virtualUnwind(unwinding, toUnwind(context), guestReader(kernel));
    if (result.kind !== 'unwound' || result.handler?.termination !== true) continue;
    Object.assign(kernel.processor, { callerContext: () => context });
    return { kernel, context, frame: result.establisherFrame };
  }
  throw new RangeError('no function with a termination handler');
}

/** Calls a service until the guest goes on somewhere; gives what was asked for on the way. */
function effectsOf(
  { kernel }: ReturnType<typeof setup>,
  name: string,
  args: readonly bigint[],
  onCall: (record: Va) => void = () => {},
): readonly Effect[] {
  const effects: Effect[] = [];
  const resumed = new Error('resumed');
  const answer = (effect: Effect): bigint => {
    effects.push(effect);
    if (effect.kind === 'call-guest') onCall(va(effect.args[0] ?? 0n));
    if (effect.kind === 'resume-guest') throw resumed;
    return 1n;
  };
  expect(() => invoke(kernel, serviceNamed(targetUnwindServices, name), args, answer)).toThrow(
    resumed,
  );
  return effects;
}

test.each([
  ['_local_unwind', [], 0n],
  ['RtlUnwind', [0n, 77n], 77n],
] as const)(
  '%s calls the termination handler of the frame and goes on in it',
  (name, more, rax) => {
    const thread = setup();
    const effects = effectsOf(thread, name, [thread.frame, CONTINUED, ...more]);
    expect(effects.map(({ kind }) => kind)).toEqual(['call-guest', 'resume-guest']);
    const [, last] = effects;
    expect(last).toMatchObject({ context: { rip: CONTINUED, rsp: thread.context.rsp } });
    expect(last?.kind === 'resume-guest' && last.context.gpr[0]).toBe(rax);
  },
);

test('RtlUnwindEx tells where it was called from, and its handlers whose exception it is', () => {
  const thread = setup();
  const { kernel, frame } = thread;
  const context = allocate(kernel, CONTEXT_BYTES);
  const record = allocate(kernel, 0x98);
  kernel.mmu.write(record, 4, 0xe000_0001n);
  kernel.mmu.write(vaAdd(record, 24), 4, 1n);
  kernel.mmu.write(vaAdd(record, 32), 8, 5n);
  const seen: number[] = [];
  const args = [frame, CONTINUED, record, 3n, context, 0n];
  effectsOf(thread, 'RtlUnwindEx', args, (at) => seen.push(kernel.mmu.u32(at)));
  expect(readContext(kernel, context).rip).toBe(thread.context.rip);
  expect(seen).toEqual([0xe000_0001]);
});

test('a frame that is not there is STATUS_BAD_STACK', () => {
  const { kernel, frame } = setup();
  const service = serviceNamed(targetUnwindServices, '_local_unwind');
  expect(() => invoke(kernel, service, [frame + 8n, CONTINUED], () => 1n)).toThrow(
    expect.objectContaining({
      runEnd: 'bugcheck',
      parameters: [0xc000_0028n, expect.anything(), 0n, 0n],
    }),
  );
});

test('what is not modelled ends the run by name', () => {
  const { kernel } = setup();
  const service = serviceNamed(targetUnwindServices, 'RtlUnwind');
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
