/** MDL-LEAK: pages locked and never unlocked. */
import type { EventOf } from '../../events/event.ts';
import type { Stack } from '../../events/frame.ts';
import { hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';

interface Locked {
  readonly mdl: string;
  readonly process: number;
  readonly at: Stack;
}

export const mdlLeak = rule({
  id: 'MDL-LEAK',
  severity: 'error',
  framework: 'wdm',
  summary:
    'Pages that a driver locks are unlocked before the MDL is freed and before the driver or the process ends.',
  message: 'The pages of the MDL at {mdl} were still locked when {end}.',
  why: 'Locked pages can never be paged out or given to anyone. When the process ends the system stops: 0xCB DRIVER_LEFT_LOCKED_PAGES_IN_PROCESS, or 0x76.',
  fix: 'Call MmUnlockPages once for each MmProbeAndLockPages, on every path, before IoFreeMdl.',
  limits:
    'Judged when the MDL is freed, when the process that was current at the lock ends, and at unload.',
  doc: 'debugger/bug-check-0xcb--driver-left-locked-pages-in-process',
  sources: [
    'debugger/bug-check-0xcb--driver-left-locked-pages-in-process',
    'debugger/bug-check-0x76--process-has-locked-pages',
  ],
  bad: `MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
...
IoFreeMdl(mdl);`,
  good: `MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
...
MmUnlockPages(mdl);
IoFreeMdl(mdl);`,
  initialState: () => ({ locked: [] as Locked[] }),
  on: {
    mdl(event, report, state) {
      const mdl = hexVa(event.mdl);
      if (event.what === 'lock') state.locked.push({ mdl, process: event.process, at: event.at });
      const lock = state.locked.find((locked) => locked.mdl === mdl);
      if (lock === undefined || !isOver(event)) return;
      state.locked = state.locked.filter((locked) => locked !== lock);
      if (event.what === 'free')
        report(event, { mdl, end: 'the MDL was freed' }, { bornAt: lock.at });
    },
    'process-ended'(event, report, state) {
      for (const { mdl, process, at } of state.locked)
        if (process === event.ended)
          report(event, { mdl, end: 'the process that they belong to ended' }, { bornAt: at });
      state.locked = state.locked.filter(({ process }) => process !== event.ended);
    },
    'phase-end'(event, report, state) {
      if (event.name !== 'unload') return;
      for (const { mdl, at } of state.locked)
        report(event, { mdl, end: 'the driver was unloaded' }, { bornAt: at });
    },
  },
});

const isOver = ({ what }: EventOf<'mdl'>): boolean => what === 'unlock' || what === 'free';
