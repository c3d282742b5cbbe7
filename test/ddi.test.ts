/**
 * Declarations of services against the documentation: page and IRQL limit, from `test/ddi-limits.txt`
 * and, for NDIS, `test/ddi-limits-ndis.txt`. Their lines (name, limit or `-` where the page sets none in
 * a simple form, page) come from the front matter of windows-driver-docs-ddi, snapshot of 2024-03-27.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ndisServices } from '../src/frameworks/ndis/services.ts';
import { KERNEL_SERVICES } from '../src/kernel/registry.ts';
import { testKernel } from '../src/kernel/test-kernel.ts';
import { NULL } from '../src/units/address.ts';

const LEVELS: Readonly<Record<string, number>> = {
  PASSIVE_LEVEL: 0,
  APC_LEVEL: 1,
  DISPATCH_LEVEL: 2,
  HIGH_LEVEL: 15,
};

interface Documented {
  readonly name: string;
  readonly level: string;
  readonly page: string;
}

const documented: readonly Documented[] = ['ddi-limits.txt', 'ddi-limits-ndis.txt']
  .flatMap((name) =>
    readFileSync(new URL(name, import.meta.url), 'utf8')
      .trim()
      .split('\n'),
  )
  .map((line) => {
    const [name = '', level = '', page = ''] = line.split(' ');
    return { name, level, page };
  });

const services = new Map(
  [...KERNEL_SERVICES, ...ndisServices].map((service) => [service.name, service]),
);

test('every documented service is still declared', () => {
  expect(documented.filter(({ name }) => !services.has(name))).toEqual([]);
});

test('a declaration names the page of its service', () => {
  const wrong = documented.filter(({ name, page }) => services.get(name)?.doc !== page);
  expect(wrong.map(({ name, page }) => [name, services.get(name)?.doc, page])).toEqual([]);
});

test('a constant IRQL limit is the documented one', () => {
  const kernel = testKernel();
  const wrong = documented.flatMap(({ name, level }) => {
    const limit = LEVELS[level];
    const service = services.get(name);
    if (limit === undefined || service === undefined) return [];
    const declared = constantLimit(service, kernel);
    return declared === undefined || declared === limit ? [] : [[name, declared, limit]];
  });
  expect(wrong).toEqual([]);
});

/** Nothing when the limit depends on the arguments. */
function constantLimit(
  service: (typeof KERNEL_SERVICES)[number],
  kernel: ReturnType<typeof testKernel>,
): number | null | undefined {
  const zero = service.decode({ returnAddress: NULL, slot: () => 0n });
  const one = service.decode({ returnAddress: NULL, slot: () => 1n });
  try {
    const limits = [service.maxIrql(kernel, zero), service.maxIrql(kernel, one)];
    return limits[0] === limits[1] ? limits[0] : undefined;
  } catch {
    return undefined;
  }
}
