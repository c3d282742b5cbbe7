import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Exit } from './exit.ts';
import { bytesOf, DATA, Rig } from './rig.ts';

const RSI = 6;

/** Short instructions that share registers, flags, memory and the stack. */
const INSTRUCTIONS = [
  ['01c8', 'add eax,ecx'],
  ['29d3', 'sub ebx,edx'],
  ['4811c2', 'adc rdx,rax'],
  ['19d8', 'sbb eax,ebx'],
  ['39c8', 'cmp eax,ecx'],
  ['85c0', 'test eax,eax'],
  ['ffc0', 'inc eax'],
  ['ffc9', 'dec ecx'],
  ['f7da', 'neg edx'],
  ['d3e0', 'shl eax,cl'],
  ['d3eb', 'shr ebx,cl'],
  ['c1f803', 'sar eax,3'],
  ['c1c205', 'rol edx,5'],
  ['d3d0', 'rcl eax,cl'],
  ['0fa3c8', 'bt eax,ecx'],
  ['0fbae007', 'bt eax,7'],
  ['f9', 'stc'],
  ['f5', 'cmc'],
  ['0f94c0', 'sete al'],
  ['0f92c4', 'setb ah'],
  ['0f4cc1', 'cmovl eax,ecx'],
  ['6601c8', 'add ax,cx'],
  ['00cc', 'add ah,cl'],
  ['31c0', 'xor eax,eax'],
  ['8b4608', 'mov eax,[rsi+8]'],
  ['895e0c', 'mov [rsi+12],ebx'],
  ['014e10', 'add [rsi+16],ecx'],
  ['8b9efe0f0000', 'mov ebx,[rsi+4094]'],
  ['50', 'push rax'],
  ['5b', 'pop rbx'],
  ['9c', 'pushfq'],
  ['f7e1', 'mul ecx'],
  ['0fafc2', 'imul eax,edx'],
  ['f7f1', 'div ecx'],
  ['660f6ec0', 'movd xmm0,eax'],
  ['660ffec1', 'paddd xmm0,xmm1'],
  ['660f7ec1', 'movd ecx,xmm0'],
] as const;

interface Block {
  readonly body: readonly number[];
  /** Condition code, or 16 for always, 17 for falling through. */
  readonly condition: number;
  readonly target: number;
}

const programs = fc.integer({ min: 1, max: 8 }).chain((count) =>
  fc.array(
    fc.record<Block>({
      body: fc.array(fc.nat({ max: INSTRUCTIONS.length - 1 }), { maxLength: 6 }),
      condition: fc.nat({ max: 17 }),
      target: fc.nat({ max: count }),
    }),
    { minLength: count, maxLength: count },
  ),
);

/** The blocks in a row, then INT3. */
function assemble(blocks: readonly Block[]): Uint8Array {
  const bodies = blocks.map(({ body }) => bytesOf(body.map((i) => INSTRUCTIONS[i]?.[0]).join('')));
  const jumpLength = ({ condition }: Block): number => [6, 5, 0][Math.max(0, condition - 15)] ?? 6;
  const starts = [0];
  blocks.forEach((block, i) => {
    starts.push((starts[i] ?? 0) + (bodies[i]?.length ?? 0) + jumpLength(block));
  });
  const code: number[] = [];
  blocks.forEach((block, i) => {
    code.push(...(bodies[i] ?? []));
    const end = code.length + jumpLength(block);
    const distance = (starts[block.target] ?? 0) - end;
    const relative = [0, 8, 16, 24].map((shift) => (distance >> shift) & 0xff);
    if (block.condition < 16) code.push(0x0f, 0x80 + block.condition, ...relative);
    else if (block.condition === 16) code.push(0xe9, ...relative);
  });
  return Uint8Array.from([...code, 0xcc]);
}

const VALUES = [3n, 0x1_0000_0005n, 0xffff_ffff_ffff_fff0n, 0x8000_0000n];

function rigWith(code: Uint8Array): Rig {
  const rig = new Rig();
  rig.load(code);
  rig.map(DATA, 2);
  VALUES.forEach((value, i) => {
    rig.cpu.state.setGpr(i, value);
  });
  rig.cpu.state.setGpr(RSI, DATA);
  rig.cpu.state.setXmm(
    1,
    Uint8Array.from({ length: 16 }, (_, i) => i * 17),
  );
  return rig;
}

const everything = ({ cpu: { state }, mmu }: Rig): unknown => ({
  registers: state.gprs(),
  flags: state.rflags,
  rip: state.rip,
  instructions: state.instructions,
  xmm: state.xmm(0),
  data: mmu.readBytes(DATA, 32),
  top: mmu.isReadable(state.rsp, 64) ? mmu.readBytes(state.rsp, 64) : undefined,
});

function stepTo(rig: Rig, limit: number): Exit {
  while (rig.cpu.state.instructions < limit) {
    const exit = rig.cpu.step();
    if (exit !== undefined) return exit;
  }
  return { kind: 'budget' };
}

test('any program ends as its instructions do one by one, wherever it is stopped', () => {
  fc.assert(
    fc.property(programs, fc.integer({ min: 1, max: 150 }), (blocks, limit) => {
      const code = assemble(blocks);
      const [whole, stepped] = [rigWith(code), rigWith(code)];
      whole.cpu.state.limit = limit;
      const exit = whole.cpu.run();
      expect(exit).toEqual(stepTo(stepped, limit));
      expect(everything(whole)).toEqual(everything(stepped));
    }),
    { numRuns: 120 },
  );
});

test('any program ends the same in slices as in one go', () => {
  fc.assert(
    fc.property(programs, fc.integer({ min: 300, max: 600 }), (blocks, limit) => {
      const code = assemble(blocks);
      const [whole, sliced] = [rigWith(code), rigWith(code)];
      whole.cpu.state.limit = limit;
      const exit = whole.cpu.run();
      let last: Exit = { kind: 'budget' };
      for (let done = 97; last.kind === 'budget' && done < limit + 97; done += 97) {
        sliced.cpu.state.limit = Math.min(done, limit);
        last = sliced.cpu.run();
      }
      expect(last).toEqual(exit);
      expect(everything(sliced)).toEqual(everything(whole));
    }),
    { numRuns: 120 },
  );
});
