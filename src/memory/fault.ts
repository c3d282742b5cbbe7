/** A guest access that the page tables refuse: the one plain value thrown to unwind a service or an instruction. */

import type { Va } from '../units/address.ts';
import type { AccessKind, FaultReason } from '../units/fault.ts';

export interface GuestFault {
  readonly guestFault: true;
  readonly address: Va;
  readonly access: AccessKind;
  readonly reason: FaultReason;
}

export const guestFault = (address: Va, access: AccessKind, reason: FaultReason): GuestFault =>
  Object.freeze({ guestFault: true, address, access, reason });

export const isGuestFault = (thrown: unknown): thrown is GuestFault =>
  typeof thrown === 'object' && thrown !== null && 'guestFault' in thrown;

/** Page-fault error code (Intel SDM vol. 3, 4.7): P, W/R, U/S, I/D. */
export const pageFaultErrorCode = (fault: GuestFault): number =>
  (fault.reason === 'not-present' || fault.reason === 'non-canonical' ? 0 : 1) |
  (fault.access === 'write' ? 2 : 0) |
  (fault.access === 'execute' ? 16 : 0);
