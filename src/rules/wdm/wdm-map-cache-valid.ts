/** WDM-MAP-CACHE-VALID: a caching type that is the system's own. */
import { rule } from '../rule.ts';
import { callFacts, onEveryMap } from './calls.ts';

export const wdmMapCacheValid = rule({
  id: 'WDM-MAP-CACHE-VALID',
  severity: 'error',
  framework: 'wdm',
  summary: 'The caching type is MmNonCached, MmCached or MmWriteCombined.',
  message:
    '{service} of {physical} was called with MEMORY_CACHING_TYPE {type}, which is not for drivers.',
  why: 'The other enumerators are reserved for the system; what a call with one of them does is not documented. The usual cause is FALSE or TRUE from the time when the argument was a BOOLEAN, or a shifted argument list.',
  fix: 'Name one of the three types, MmNonCached for registers.',
  limits: 'FALSE and TRUE equal MmNonCached and MmCached and cannot be told from them.',
  doc: 'wdm/ne-wdm-_memory_caching_type',
  sources: ['wdm/ne-wdm-_memory_caching_type'],
  bad: 'base = MmMapIoSpace(start, length, MmHardwareCoherentCached);',
  good: 'base = MmMapIoSpace(start, length, MmNonCached);',
  on: onEveryMap(({ call }) =>
    call.framework === 'wdm' && call.cacheType === 'Reserved' && call.service !== 'MmMapIoSpaceEx'
      ? { ...callFacts(call), type: call.rawType }
      : null,
  ),
});
