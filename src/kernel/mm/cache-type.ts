/** MEMORY_CACHING_TYPE and page-protection arguments (wdm.h), as mappings keep them. */
import type { CacheType } from '../../events/mapping.ts';
import type { CacheAttribute } from '../../memory/page-tables.ts';

const NAMES: readonly CacheType[] = ['MmNonCached', 'MmCached', 'MmWriteCombined'];

/** Enumerators above MmWriteCombined are the system's own. */
export const cacheTypeOf = (raw: number): CacheType => NAMES[raw] ?? 'Reserved';

/** How page-table entries say it. */
export const CACHE_ATTRIBUTE: Record<CacheType, CacheAttribute> = {
  MmNonCached: 'uncached',
  MmCached: 'write-back',
  MmWriteCombined: 'write-combining',
  Reserved: 'uncached',
};

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

/** Protections of memory that is not copied on write; exactly one is part of every Protect argument. */
export const BASE_PROTECTIONS: readonly number[] = [
  PAGE.NOACCESS,
  PAGE.READONLY,
  PAGE.READWRITE,
  PAGE.EXECUTE,
  PAGE.EXECUTE_READ,
  PAGE.EXECUTE_READWRITE,
];
const MODIFIERS = PAGE.NOCACHE | PAGE.WRITECOMBINE;

/** One base protection, at most one caching modifier, and none with PAGE_NOACCESS. */
export function isProtection(protect: number): boolean {
  const base = protect & ~MODIFIERS;
  const modifiers = protect & MODIFIERS;
  if (modifiers === MODIFIERS || (base === PAGE.NOACCESS && modifiers !== 0)) return false;
  return BASE_PROTECTIONS.includes(base);
}

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
