/** MDL-UNMAP-PAIR: an MDL mapping that is not released once, in order, through its own MDL. */
import { hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { naming } from '../words.ts';
import type { KnownMapping, World } from '../world.ts';
import { isMdl, troubleOf } from './mdl.ts';
import { unmapFault } from './unmap-fault.ts';

/** MDL_PARTIAL (wdm.h): IoFreeMdl releases the mapping of a partial MDL itself. */
const MDL_PARTIAL = 0x10;

const LAPSE = {
  'wrong-mdl': 'was given another MDL than the one that was mapped',
  'partial-mdl': 'was called for a partial MDL',
  'not-mapped': 'was called for an MDL with nothing to release',
} as const;

export const mdlUnmapPair = rule({
  id: 'MDL-UNMAP-PAIR',
  severity: 'error',
  framework: 'wdm',
  fault: 'release',
  summary:
    'An MDL mapping is released once, with its own MDL, before the MDL is unlocked or freed.',
  message: '{service} {lapse}.',
  why: 'The MDL holds the account of the mapping; freed or unlocked first, the page-table entries point at pages that belong to others. Driver Verifier stops with 0xC4 0xB5, 0xB6 or 0xB8, the memory manager with 0xDA 0x01 to 0x06.',
  fix: 'Undo in the reverse order: MmUnmapLockedPages, MmUnlockPages, IoFreeMdl.',
  limits:
    'MmUnlockPages releases a system mapping itself, as drivers that use MmGetSystemAddressForMdlSafe rely on; only a user mapping that is still there at the unlock is reported.',
  doc: 'wdm/nf-wdm-mmunmaplockedpages',
  sources: [
    'wdm/nf-wdm-mmunmaplockedpages',
    'debugger/bug-check-0xc4--driver-verifier-detected-violation',
    'debugger/bug-check-0xda--system-pte-misuse',
  ],
  bad: `IoFreeMdl(mdl);
MmUnmapLockedPages(va, mdl);`,
  good: `MmUnmapLockedPages(va, mdl);
IoFreeMdl(mdl);`,
  on: {
    unmap(event, report, _state, { world }) {
      if (unmapFault(event, world) !== 'MDL-UNMAP-PAIR') return;
      const { service, mapping, base } = event;
      const trouble = troubleOf(event, ['wrong-mdl', 'partial-mdl', 'not-mapped']);
      const again = event.match === 'already-ended' ? 'again ' : '';
      const lapse = isLapse(trouble)
        ? LAPSE[trouble]
        : `was called ${again}for ${hexVa(base)}, where no MDL is mapped`;
      report(event, { service, lapse }, { mapping });
    },
    mdl(event, report, _state, { world }) {
      if (event.what !== 'unlock' && event.what !== 'free') return;
      const service = `The MDL at ${hexVa(event.mdl)}`;
      const deed = event.what === 'free' ? 'was freed' : 'was unlocked';
      const trouble = troubleOf(event, ['partial-mdl', 'not-mapped']);
      if (trouble === 'partial-mdl')
        report(event, { service, lapse: `${deed} although it is a partial one` });
      if (trouble === 'not-mapped')
        report(event, { service, lapse: `${deed} although its pages are not locked` });
      if (event.what === 'free' && (event.flags & MDL_PARTIAL) !== 0) return;
      for (const { facts } of mappingsOf(world, event.mdl)) {
        if (event.what === 'unlock' && facts.space !== 'user') continue;
        const lapse = `${deed} while ${naming(facts)} was still mapped`;
        report(event, { service, lapse }, { mapping: facts });
      }
    },
    'phase-end'(event, report, _state, { world }) {
      if (event.name !== 'unload') return;
      for (const { facts, call } of world.live.values()) {
        const reportedAsLock = call.mdl !== null && world.lockedMdls.has(call.mdl);
        if (!isMdl(facts) || (facts.space !== 'user' && reportedAsLock)) continue;
        const lapse = `was not undone before the driver was unloaded`;
        report(event, { service: naming(facts), lapse }, { mapping: facts });
      }
    },
  },
});

const isLapse = (trouble: string | undefined): trouble is keyof typeof LAPSE =>
  trouble !== undefined && trouble in LAPSE;

const mappingsOf = (world: World, mdl: bigint): KnownMapping[] =>
  [...world.live.values()].filter(({ call, facts }) => isMdl(facts) && call.mdl === mdl);
