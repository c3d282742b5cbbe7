/** MEMORY_CACHING_TYPE and page-protection arguments (wdm.h), as mappings keep them. */
import type { CacheType } from '../../events/mapping.ts';

const NAMES: readonly CacheType[] = ['MmNonCached', 'MmCached', 'MmWriteCombined'];

/** Enumerators above MmWriteCombined are the system's own. */
export const cacheTypeOf = (raw: number): CacheType => NAMES[raw] ?? 'Reserved';

/** PAGE_xxx protections (wdm.h). */
export const PAGE = {
  NOACCESS: 0x01,
  READONLY: 0x02,
  READWRITE: 0x04,
  WRITECOPY: 0x08,
  EXECUTE: 0x10,
  EXECUTE_READ: 0x20,
  EXECUTE_READWRITE: 0x40,
  NOCACHE: 0x200,
  WRITECOMBINE: 0x400,
} as const;

export interface ProtectionFacts {
  readonly writable: boolean;
  readonly executable: boolean;
  readonly cacheType: CacheType;
}

/** What a Protect argument asks for; the rules say which combinations are allowed. */
export function protectionOf(protect: number): ProtectionFacts {
  const { READWRITE, WRITECOPY, EXECUTE, EXECUTE_READ, EXECUTE_READWRITE } = PAGE;
  return {
    writable: (protect & (READWRITE | WRITECOPY | EXECUTE_READWRITE)) !== 0,
    executable: (protect & (EXECUTE | EXECUTE_READ | EXECUTE_READWRITE)) !== 0,
    cacheType:
      (protect & PAGE.NOCACHE) !== 0
        ? 'MmNonCached'
        : (protect & PAGE.WRITECOMBINE) !== 0
          ? 'MmWriteCombined'
          : 'MmCached',
  };
}
