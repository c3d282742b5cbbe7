/** What handlers keep behind their RVA: scope tables of `__C_specific_handler`, and GS cookie data. */
import { type Rva, rva } from '../units/address.ts';
import { i32At, u32At } from './reader.ts';
import type { ReadRva } from './unwind-info.ts';

/** One `__try` of C_SCOPE_TABLE (excpt.h). */
export interface ScopeEntry {
  readonly begin: Rva;
  readonly end: Rva;
  /** The filter, or EXCEPTION_EXECUTE_HANDLER; for a `__finally` its body. */
  readonly handler: Rva | 'EXCEPTION_EXECUTE_HANDLER';
  /** The body of the `__except`; absent for a `__finally`. */
  readonly jumpTarget: Rva | undefined;
}

const SIZEOF_SCOPE = 16;
const MAX_SCOPES = 0x1_0000;

export const scopeTableBytes = (scopes: readonly ScopeEntry[]): number =>
  4 + scopes.length * SIZEOF_SCOPE;

/** Nothing when the table is damaged. */
export function readScopeTable(read: ReadRva, at: Rva): readonly ScopeEntry[] | undefined {
  const header = read(at, 4);
  const count = header ? u32At(header, 0) : MAX_SCOPES + 1;
  const rows = count > MAX_SCOPES ? undefined : read(at + 4, count * SIZEOF_SCOPE);
  if (!rows) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const row = index * SIZEOF_SCOPE;
    const handler = u32At(rows, row + 8);
    const target = u32At(rows, row + 12);
    return {
      begin: rva(u32At(rows, row)),
      end: rva(u32At(rows, row + 4)),
      handler: handler === 1 && target !== 0 ? 'EXCEPTION_EXECUTE_HANDLER' : rva(handler),
      jumpTarget: target === 0 ? undefined : rva(target),
    };
  });
}

/**
 * GS_HANDLER_DATA (gshandler.c): where the frame keeps its cookie. It is all of the handler data of
 * `__GSHandlerCheck`, and lies behind the scope table for `__GSHandlerCheck_SEH`.
 */
export interface GsHandlerData {
  /** From the establisher frame. */
  readonly cookieOffset: number;
  readonly exception: boolean;
  readonly termination: boolean;
  /** Frames aligned beyond 16 bytes: cookieOffset is from (frame + base) rounded down to alignment. */
  readonly aligned: { readonly base: number; readonly alignment: number } | undefined;
}

export function readGsHandlerData(read: ReadRva, at: Rva): GsHandlerData | undefined {
  const first = read(at, 4);
  if (!first) return undefined;
  const word = i32At(first, 0);
  const rest = (word & 4) === 0 ? undefined : read(at + 4, 8);
  if ((word & 4) !== 0 && !rest) return undefined;
  return {
    cookieOffset: word & ~7,
    exception: (word & 1) !== 0,
    termination: (word & 2) !== 0,
    aligned: rest && { base: i32At(rest, 0), alignment: i32At(rest, 4) },
  };
}
