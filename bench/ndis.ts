/** A network driver cold, and the frames a second of a compiled miniport once it is warm. */
import { root } from './built.ts';
import { COLD_NOTE, coldRuns } from './cold-start.ts';
import { figure, type Measured } from './page.ts';
import { type Burst, type Cost, samplePath, Traffic, type Way } from './traffic.ts';

const SAMPLES = ['nic.sys', 'nic5.sys'] as const;
const WAYS: readonly Way[] = ['send', 'receive'];
/** The shortest and the longest frame of Ethernet, without the check sequence. */
const LENGTHS = [60, 1514];
const ROUNDS = 9;
/** Frames of one kind in a round, and before the first. */
const FRAMES = 2048;
const WARM_FRAMES = 8192;

interface Kind extends Burst {
  readonly sample: string;
  readonly traffic: Traffic;
}

export function measureNdis(): Measured {
  const cold = coldRuns(SAMPLES.map((sample) => ['run', samplePath(root, sample)]));
  const kinds = SAMPLES.flatMap((sample) => kindsOf(sample));
  for (const kind of kinds) kind.traffic.pass({ ...kind, frames: WARM_FRAMES });
  const rounds = Array.from({ length: ROUNDS }, () => kinds.map((kind) => kind.traffic.pass(kind)));
  const fastest = (index: number): Cost =>
    rounds
      .flatMap((round) => round[index] ?? [])
      .reduce((best, cost) => (cost.framesPerSecond > best.framesPerSecond ? cost : best));
  return {
    tables: [
      cold.table,
      {
        columns: ['miniport', 'way', 'bytes', 'frames/s', 'guest instructions a frame'],
        rows: kinds.map(({ sample, way, length }, index) => {
          const { framesPerSecond, instructionsPerFrame } = fastest(index);
          return [
            ...[`\`${sample}\``, way, length.toLocaleString('en-US')],
            ...[figure(framesPerSecond), figure(Math.round(instructionsPerFrame))],
          ];
        }),
      },
    ],
    notes: [
      COLD_NOTE,
      `Frames: the kinds in turn, the fastest of ${ROUNDS} rounds of ${FRAMES.toLocaleString('en-US')} frames each, 16 handed over at a time, ${WARM_FRAMES.toLocaleString('en-US')} of each kind before the first that counts. Every event is judged by all rules, as in a run.`,
    ],
  };
}

function kindsOf(sample: string): Kind[] {
  const traffic = new Traffic(samplePath(root, sample));
  return WAYS.flatMap((way) =>
    LENGTHS.map((length) => ({ sample, traffic, way, length, frames: FRAMES })),
  );
}
