/** The most memory a run holds at once, as the operating system counts it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { builtCli, root } from './built.ts';
import { median } from './measure.ts';
import { figure, type Measured, verdict } from './page.ts';

const ROUNDS = 5;
const LIMIT_MB = 200;
/** Loaded before the program: tells the peak when it ends. */
const TELL_PEAK = `data:text/javascript,process.on('exit',()=>process.stderr.write('\\npeak '+process.resourceUsage().maxRSS))`;
const DRIVERS = ['wdm/edu.sys', 'wdm/edu-mingw.sys', 'wdm/legacy.sys'];

export function measureMemory(): Measured {
  const cli = builtCli();
  const commands = [
    { name: '`node -e 0`', args: ['-e', '0'] },
    ...DRIVERS.map((driver) => ({
      name: `\`iospace run drivers/bin/${driver}\``,
      args: [cli, 'run', join(root, 'drivers/bin', driver)],
    })),
  ];
  const rows = commands.map(({ name, args }) => ({
    name,
    peak: median(Array.from({ length: ROUNDS }, () => peakOf(args))),
  }));
  const [, edu] = rows;
  return {
    tables: [
      {
        columns: ['command', 'peak resident MB'],
        rows: rows.map(({ name, peak }) => [name, figure(peak)]),
      },
    ],
    notes: [
      `Median of ${ROUNDS} runs. Guest RAM is 128 MB of address space, of which only touched pages count.`,
      verdict(
        `Target: a run of the edu driver below ${LIMIT_MB} MB`,
        (edu?.peak ?? Number.NaN) < LIMIT_MB,
      ),
    ],
  };
}

function peakOf(args: readonly string[]): number {
  const { stderr } = spawnSync(process.execPath, ['--import', TELL_PEAK, ...args], {
    encoding: 'utf8',
  });
  const kilobytes = /\npeak (\d+)$/.exec(stderr)?.[1];
  if (kilobytes === undefined) throw new Error(`no peak in: ${stderr.slice(-2000)}`);
  return Number(kilobytes) / 1024;
}
