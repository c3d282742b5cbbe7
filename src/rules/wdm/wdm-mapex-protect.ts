/** WDM-MAPEX-PROTECT: a page protection that MmMapIoSpaceEx does not take. */
import { hex } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { callFacts, onEveryMap } from './calls.ts';

/** PAGE_READONLY, READWRITE, EXECUTE, EXECUTE_READ, EXECUTE_READWRITE (wdm.h). */
const BASE = [0x02, 0x04, 0x10, 0x20, 0x40];
/** None, PAGE_NOCACHE, PAGE_WRITECOMBINE. */
const MODIFIER = [0, 0x200, 0x400];

const isValidProtection = (protect: number): boolean =>
  BASE.some((base) => MODIFIER.some((modifier) => protect === base + modifier));

export const wdmMapexProtect = rule({
  id: 'WDM-MAPEX-PROTECT',
  severity: 'error',
  framework: 'wdm',
  summary:
    'Protect holds exactly one base protection and at most one of PAGE_NOCACHE and PAGE_WRITECOMBINE.',
  message: '{service} of {physical} was called with Protect {protect}.',
  why: 'Other combinations are not documented. A MEMORY_CACHING_TYPE in this place, left over from MmMapIoSpace, reads as no protection at all.',
  fix: 'Use PAGE_READWRITE | PAGE_NOCACHE for registers, PAGE_READWRITE | PAGE_WRITECOMBINE for a frame buffer.',
  limits: 'None known.',
  doc: 'wdm/nf-wdm-mmmapiospaceex',
  sources: ['wdm/nf-wdm-mmmapiospaceex'],
  bad: 'base = MmMapIoSpaceEx(start, length, MmNonCached);',
  good: 'base = MmMapIoSpaceEx(start, length, PAGE_READWRITE | PAGE_NOCACHE);',
  on: onEveryMap(({ call }) =>
    call.service === 'MmMapIoSpaceEx' && !isValidProtection(call.rawType)
      ? { ...callFacts(call), protect: hex(call.rawType) }
      : null,
  ),
});
