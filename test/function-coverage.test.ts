import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { Cpu } from '../src/cpu/cpu.ts';
import type { Exit } from '../src/cpu/exit.ts';
import { FunctionCoverage } from '../src/machine/function-coverage.ts';
import { runDriver } from '../src/scenario/run.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

function coverageOf(path: string) {
  const image = new Uint8Array(readFileSync(join(import.meta.dirname, '../drivers/bin', path)));
  return runDriver({
    image,
    fileName: 'driver.sys',
    registry: [],
    stubs: new Map(),
    ioctls: [],
    seed: 0,
    maxInstructions: 100_000_000,
    onEvent() {},
  }).result.coverage.functions;
}

/** Has every `run` go one instruction at a time, and gives the addresses that were executed. */
function stepping(): ReadonlySet<bigint> {
  const executed = new Set<bigint>();
  const { run } = Cpu.prototype;
  vi.spyOn(Cpu.prototype, 'run').mockImplementation(function (this: Cpu): Exit {
    const { state } = this;
    const { limit } = state;
    for (;;) {
      const { rip, instructions } = state;
      state.limit = Math.min(limit, instructions + 1);
      const exit = run.call(this);
      if (state.instructions > instructions) executed.add(rip);
      const goesOn = exit.kind === 'budget' && state.instructions === instructions + 1;
      if (goesOn && state.instructions < limit && state.limit === state.instructions) continue;
      state.limit = limit;
      return exit;
    }
  });
  return executed;
}

test.each(['wdm/edu.sys', 'wdm/edu-mingw.sys', 'ndis/ndis5-skeleton-ok.sys'])(
  '%s: the functions that ran are those whose first instruction was executed',
  (path) => {
    const whole = coverageOf(path);
    const executed = stepping();
    const starts = new Set<bigint>();
    const { watch } = FunctionCoverage.prototype;
    vi.spyOn(FunctionCoverage.prototype, 'watch').mockImplementation(function (
      this: FunctionCoverage,
      module,
    ) {
      for (let i = 0; i < module.functions.length; i++) {
        const entry = module.functions.at(i);
        if (entry !== undefined && module.functions.info(entry)?.chained === undefined) {
          starts.add(module.base + BigInt(entry.begin));
        }
      }
      watch.call(this, module);
    });
    expect(coverageOf(path)).toEqual(whole);
    expect(whole.total).toBe(starts.size);
    expect(whole.reached).toBe([...starts].filter((start) => executed.has(start)).length);
    expect(whole.reached).toBeGreaterThan(0);
  },
);
