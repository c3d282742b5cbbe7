/** A thread in a function with a termination handler, and what services that unwind it ask for. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { unwindModule } from '../../image/function-table.ts';
import { loadImage } from '../../image/load.ts';
import { parsePe } from '../../image/pe.ts';
import { imageSymbols } from '../../image/symbols.ts';
import { virtualUnwind } from '../../image/unwind.ts';
import { type Va, va, vaAdd } from '../../units/address.ts';
import type { Effect, GuestContext } from '../effects.ts';
import type { Service } from '../service.ts';
import { allocate, invoke, testKernel } from '../test-kernel.ts';
import { toUnwind } from './context.ts';
import { guestReader } from './exception.ts';
import { modules } from './modules.ts';

const BASE = va(0xffff_f800_6000_0000n);
/** A thread of an image of ours that stands in a function with a termination handler. */
export function unwindThread() {
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
export function effectsOf(
  { kernel }: ReturnType<typeof unwindThread>,
  service: Service,
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
  expect(() => invoke(kernel, service, args, answer)).toThrow(resumed);
  return effects;
}
