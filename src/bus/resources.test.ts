import { expect, test } from 'vitest';
import { functionSpec, memoryBar } from './bus.suite.ts';
import { rangeType, requirementsOf } from './resources.ts';

test('requirements: every range with its bounds, then messages, then the line', () => {
  const spec = functionSpec({
    bars: [
      memoryBar(0, 0x20, { space: 'port' }),
      memoryBar(1, 0x1000),
      memoryBar(2, 0x2_0000_0000, { bits: 64, prefetchable: true }),
    ],
    msi: { messages: 4, maskable: false },
  });
  expect(requirementsOf(spec)).toMatchObject([
    { type: 'port', bar: 0, length: 0x20, alignment: 0x20, maximum: 0xffff },
    { type: 'memory', bar: 1, length: 0x1000, maximum: 0xffff_ffff },
    { type: 'memory-large', bar: 2, length: 0x2_0000_0000, prefetchable: true },
    { type: 'message-interrupt', count: 4 },
    { type: 'interrupt', count: 1 },
  ]);
});

test('memory is large when 32 bits cannot hold its length', () => {
  expect(rangeType('memory', 0xffff_ffff)).toBe('memory');
  expect(rangeType('memory', 0x1_0000_0000)).toBe('memory-large');
});
