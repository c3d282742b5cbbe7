/** The judge: one finding per fault and place, severities by profile, bounds. */
import { expect, test } from 'vitest';
import { failsAt } from './finding.ts';
import { Judge } from './judge.ts';
import { rule } from './rule.ts';
import { Story } from './story.suite.ts';
import { wdmAccRange } from './wdm/wdm-acc-range.ts';
import { wdmUnmapStop } from './wdm/wdm-unmap-stop.ts';

const words = {
  severity: 'warning',
  framework: 'wdm',
  summary: '',
  why: '',
  fix: '',
  limits: '',
  doc: '',
  sources: [],
  bad: '',
  good: '',
} as const;

const printed = rule({
  ...words,
  id: 'PRINTED',
  profiles: { verifier: 'off' },
  message: 'The driver said {text} ({count}).',
  initialState: () => ({ count: 0 }),
  on: {
    'debug-print'({ text, ...event }, report, state) {
      state.count++;
      report(event, { text, count: state.count });
    },
  },
});

const judged = (judge: Judge, story: Story) => {
  for (const event of story.events) judge.handle(event);
  return judge.findings;
};
const print = (story: Story, text: string) => story.emit({ kind: 'debug-print', text });

test('a message needs a fact for each placeholder', () => {
  rule({
    ...words,
    id: 'UNTOLD',
    message: 'The driver said {text}.',
    on: {
      'debug-print'(event, report) {
        // @ts-expect-error the message needs `text`
        report(event, {});
      },
    },
  });
});

test('findings from one place are one finding with a count', () => {
  const story = print(print(new Story().at('Talk'), 'a'), 'b');
  const findings = judged(new Judge([printed]), print(story.at('Elsewhere'), 'c'));
  expect(findings.map(({ message, facts }) => [message, facts.times])).toEqual([
    ['The driver said a (1).', 2],
    ['The driver said c (3).', undefined],
  ]);
});

test('a rule that a profile turns off is not heard', () => {
  expect(judged(new Judge([printed], 'verifier'), print(new Story(), 'a'))).toEqual([]);
});

test('findings carry the way there', () => {
  const story = new Story().started().pass('stop');
  expect(judged(new Judge([wdmUnmapStop]), story)).toEqual([
    {
      rule: 'WDM-UNMAP-STOP',
      severity: 'error',
      message:
        'edu#1: MmMapIoSpace of 0xfebf0000, 0x1000 bytes was still mapped when IRP_MN_STOP_DEVICE was done.',
      facts: expect.objectContaining({ device: 'edu#1', physical: '0xfebf0000', length: '0x1000' }),
      framework: 'wdm',
      phase: 'stop',
      mapping: 1,
      at: [],
      bornAt: story.mapping(1).bornAt,
      case: null,
      doc: 'wdm/nf-wdm-mmunmapiospace',
    },
  ]);
});

test('two judges of the same rules share no memory', () => {
  const story = new Story().started().begin('use').at('Read').access(1, false);
  const [first, second] = [new Judge([wdmAccRange]), new Judge([wdmAccRange])];
  expect(judged(first, story)).toEqual(judged(second, story));
  expect(first.findings).toHaveLength(1);
});

test('a driver cannot make findings without limit', () => {
  const story = new Story();
  for (let i = 0; i < 1010; i++)
    print(story.now({ at: [{ module: 'edu.sys', offset: `0x${i.toString(16)}` }] }), 'again');
  const judge = new Judge([printed]);
  expect(judged(judge, story)).toHaveLength(1000);
  expect(judge.dropped).toBe(10);
});

test('the bar decides which findings fail a run', () => {
  const findings = judged(new Judge([printed]), print(new Story(), 'a'));
  expect(failsAt(findings, 'error')).toBe(false);
  expect(failsAt(findings, 'warning')).toBe(true);
  expect(failsAt(findings, 'advice')).toBe(true);
});
