/** What a pair of MmMapIoSpace and MmUnmapIoSpace costs while few or very many other mappings live. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Round } from './mapping-worker.ts';
import { median } from './measure.ts';
import { figure, type Measured, times, verdict } from './page.ts';

const LIVE = [10, 1_000, 100_000, 1_000_000];
const ROUNDS = 25;
const LIMIT = 3;

export async function measureMappings(): Promise<Measured> {
  const workers = await Promise.all(LIVE.map(start));
  const rounds: Round[][] = LIVE.map(() => []);
  for (let i = 0; i < ROUNDS; i++) {
    for (const [index, worker] of workers.entries()) rounds[index]?.push(await ask(worker));
  }
  for (const worker of workers) worker.disconnect();
  const of = (index: number, key: keyof Round): number =>
    median((rounds[index] ?? []).map((round) => round[key]));
  const ratio = (index: number, key: 'services' | 'core'): number =>
    median((rounds[index] ?? []).map((round, at) => round[key] / (rounds[0]?.[at]?.[key] ?? 0)));
  const last = LIVE.length - 1;
  return {
    tables: [
      {
        columns: [
          ...['live mappings', 'pairs/s by services', 'of ten live'],
          ...['pairs/s in the core', 'of ten live', 'resident MB'],
        ],
        rows: LIVE.map((live, index) => [
          live.toLocaleString('en-US'),
          figure(1e9 / of(index, 'services')),
          times(ratio(index, 'services')),
          figure(1e9 / of(index, 'core')),
          times(ratio(index, 'core')),
          figure(of(index, 'residentMegabytes')),
        ]),
      },
    ],
    notes: [
      `Each number of live mappings is a process of its own; the processes take turns, ${ROUNDS} rounds of 5,000 pairs each. "Of ten live" is the cost of a pair against that with ten live, round by round.`,
      verdict(
        `Target: a pair with a million live in at most ${LIMIT}× of a pair with ten`,
        ratio(last, 'services') <= LIMIT && ratio(last, 'core') <= LIMIT,
      ),
    ],
  };
}

async function start(live: number): Promise<ChildProcess> {
  const worker = fork(join(import.meta.dirname, 'mapping-worker.ts'), [String(live)]);
  worker.once('exit', (code) => {
    if (code !== 0) throw new Error(`the process with ${live} live mappings ended with ${code}`);
  });
  await once(worker, 'message');
  return worker;
}

async function ask(worker: ChildProcess): Promise<Round> {
  const answer = once(worker, 'message');
  worker.send('round');
  const [round] = await answer;
  return round as Round;
}
