import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { unwindModule } from '../../image/function-table.ts';
import { loadImage } from '../../image/load.ts';
import { parsePe } from '../../image/pe.ts';
import { imageSymbols } from '../../image/symbols.ts';
import { NULL, type Va, va, vaAdd } from '../../units/address.ts';
import { allocate, caller, testKernel } from '../test-kernel.ts';
import { CONTEXT_BYTES, readContext, writeContext } from './context.ts';
import { modules } from './modules.ts';
import { unwindServices } from './unwind-services.ts';

const BASE = va(0xffff_f800_6000_0000n);
const RETURN = 0xffff_f800_7777_0042n;

/** A kernel with an image of ours in its list of modules; the image itself is not in memory. */
function setup() {
  const kernel = testKernel();
  const path = new URL('../../../drivers/bin/wdm/seh-ok.sys', import.meta.url);
  const image = parsePe(new Uint8Array(readFileSync(path)));
  const loaded = loadImage(image, { base: BASE, seed: 0n, resolveImport: () => 0n });
  const module = {
    ...unwindModule(loaded),
    name: 'seh-ok.sys',
    image,
    symbols: imageSymbols(image),
    entryPoint: BASE,
  };
  modules(kernel).add(module);
  const context = allocate(kernel, CONTEXT_BYTES);
  const stack = vaAdd(allocate(kernel, 0x4000), 0x2000);
  kernel.mmu.write(stack, 8, RETURN);
  const gpr = Array.from({ length: 16 }, () => stack);
  const registers = { rip: 0n, rsp: stack, rflags: 2n, gpr, xmm: new Uint8Array(256), mxcsr: 0 };
  const reset = () => writeContext(kernel, context, registers);
  reset();
  const slots = [allocate(kernel, 8), allocate(kernel, 8)] as [Va, Va];
  return {
    kernel,
    call: caller(kernel, unwindServices),
    module,
    image,
    context,
    stack,
    slots,
    reset,
  };
}

test('a function is found by an address in it, with the image that holds it', () => {
  const { kernel, call, module, image, slots } = setup();
  const second = module.functions.at(1);
  const pc = vaAdd(BASE, (second?.begin ?? 0) + 1);
  const row = call('RtlLookupFunctionEntry', pc, slots[0], 0);
  expect(row).toBe(vaAdd(BASE, (image.exceptionDirectory?.rva ?? 0) + 12));
  expect(kernel.mmu.u64(slots[0])).toBe(BASE);
  expect(call('RtlPcToFileHeader', pc, slots[0])).toBe(BASE);
});

test('outside of images there is neither', () => {
  const { kernel, call, slots } = setup();
  expect(call('RtlLookupFunctionEntry', RETURN, slots[0], 0)).toBe(0n);
  expect(kernel.mmu.u64(slots[0])).toBe(0n);
  expect(call('RtlPcToFileHeader', RETURN, slots[0])).toBe(0n);
});

test('unwinding from the first instruction gives the return address', () => {
  const { kernel, call, module, context, stack, slots } = setup();
  const pc = vaAdd(BASE, module.functions.at(1)?.begin ?? 0);
  const handler = call('RtlVirtualUnwind', 0, BASE, pc, 1, context, slots[0], slots[1], 0);
  expect(handler).toBe(0n);
  expect(readContext(kernel, context)).toMatchObject({ rip: RETURN, rsp: vaAdd(stack, 8) });
  expect(kernel.mmu.u64(slots[1])).toBe(stack);
});

test('the handler of a frame is given where its kind is asked for', () => {
  const { call, module, context, slots, reset } = setup();
  const handlers = (type: number) =>
    Array.from({ length: module.functions.length }, (_, i) => module.functions.at(i)).map(
      (entry) => {
        reset();
        const pc = vaAdd(BASE, (entry?.end ?? 1) - 1);
        return call('RtlVirtualUnwind', type, BASE, pc, 1, context, slots[0], slots[1], 0);
      },
    );
  expect(new Set(handlers(0))).toEqual(new Set([0n]));
  expect(handlers(1).some((at) => at > BASE)).toBe(true);
});

test('a trace of a caller outside of drivers is empty', () => {
  const { kernel, call, context, slots } = setup();
  expect(call('RtlCaptureStackBackTrace', 0, 1, slots[0], slots[1])).toBe(0n);
  expect(call('RtlWalkFrameChain', slots[0], 1, 1)).toBe(0n);
  call('RtlCaptureContext', context);
  expect(readContext(kernel, context).rip).toBe(BigInt(NULL));
});
