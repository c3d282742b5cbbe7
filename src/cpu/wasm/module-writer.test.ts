import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteWriter } from './bytes.ts';
import { CodeWriter } from './code-writer.ts';
import { constI32, constI64, localGet, select } from './expression.ts';
import { extendU, i32, i64, wrap } from './integer.ts';
import { ModuleWriter } from './module-writer.ts';

function compile(writer: CodeWriter, parameters: ('i32' | 'i64')[], result: 'i32' | 'i64') {
  const module = new ModuleWriter();
  const type = module.type({ parameters, results: [result] });
  module.export('f', module.define(type, writer.finish()));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()));
  return exports.f as (...args: (number | bigint)[]) => number | bigint;
}

test('constants of every size come back', () => {
  fc.assert(
    fc.property(fc.integer(), fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (a, b) => {
      const narrow = new CodeWriter();
      narrow.push(constI32(a));
      expect(compile(narrow, [], 'i32')()).toBe(a | 0);
      const wide = new CodeWriter();
      wide.push(constI64(b));
      expect(compile(wide, [], 'i64')()).toBe(b);
    }),
  );
});

test('signed numbers take the fewest bytes', () => {
  const lengths = [0, 63, 64, -64, -65, 8191, 8192].map((value) => {
    const out = new ByteWriter();
    out.signed(value);
    return out.length;
  });
  expect(lengths).toEqual([1, 1, 2, 1, 2, 2, 3]);
});

test('a loop counts, with labels by depth', () => {
  const writer = new CodeWriter(['i32']);
  const sum = writer.local('i64');
  const counter = { type: 'i32', index: 0, get: localGet('i32', 0) } as const;
  const out = writer.block();
  const again = writer.loop();
  writer.brIf(out, i32.eqz(counter.get));
  writer.set(sum, i64.add(sum.get, extendU(counter.get)));
  writer.set(counter, i32.sub(counter.get, constI32(1)));
  writer.br(again);
  writer.end();
  writer.end();
  writer.push(sum.get);
  expect(compile(writer, ['i32'], 'i64')(100)).toBe(5050n);
});

test('all values are computed before any local is set', () => {
  const writer = new CodeWriter(['i32', 'i32']);
  const [a, b] = [0, 1].map((index) => ({
    type: 'i32' as const,
    index,
    get: localGet('i32', index),
  }));
  if (a === undefined || b === undefined) return;
  writer.setAll([
    [a, b.get],
    [b, a.get],
  ]);
  writer.push(i32.sub(i32.mul(a.get, constI32(10)), b.get));
  expect(compile(writer, ['i32', 'i32'], 'i32')(3, 7)).toBe(67);
});

test('conversions that undo each other disappear', () => {
  const value = localGet('i32', 0);
  expect(wrap(extendU(value))).toBe(value);
  expect(i32.add(value, constI32(0))).toBe(value);
  expect(select(constI32(1), value, constI32(2)).args).toHaveLength(3);
});
