/** What `Cpu.run` stops for. */
import type { Va } from '../units/address.ts';

export type Exit =
  /** RIP reached a registered host range; RSP points at the return address, as after a CALL. */
  | { readonly kind: 'host-call' }
  /** `instructions` reached `limit`. */
  | { readonly kind: 'budget' }
  /** RIP is the faulting instruction's, or past it for traps (INT3, INT n). */
  | {
      readonly kind: 'exception';
      readonly vector: number;
      readonly errorCode?: number;
      /** The linear address, for page faults and non-canonical accesses. */
      readonly address?: Va;
    }
  /** MOV CR8 lowered the IRQL; RIP is past it. */
  | { readonly kind: 'cr8' }
  | { readonly kind: 'halt' }
  | {
      readonly kind: 'not-modelled';
      readonly mnemonic: string;
      readonly bytes: Uint8Array;
      readonly address: Va;
    };

export const VECTOR = {
  divideError: 0,
  debug: 1,
  breakpoint: 3,
  invalidOpcode: 6,
  stackFault: 12,
  generalProtection: 13,
  pageFault: 14,
  alignmentCheck: 17,
} as const;

export const exception = (vector: number, errorCode?: number, address?: Va): Exit => ({
  kind: 'exception',
  vector,
  ...(errorCode === undefined ? {} : { errorCode }),
  ...(address === undefined ? {} : { address }),
});
