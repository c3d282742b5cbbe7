/** Kinds of access and the reasons a page walk refuses one (Intel SDM vol. 3, 4.7). */

export type AccessKind = 'read' | 'write' | 'execute';

export type FaultReason =
  | 'not-present'
  | 'write-protected'
  | 'no-execute'
  | 'supervisor'
  | 'non-canonical';
