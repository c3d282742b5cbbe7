/** Interlocked singly linked lists (SLIST_HEADER): depth and sequence in one word, the first entry in the next. */

import { ptr } from '../../layout/struct.ts';
import { NULL, type Va, va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { raiseStatus } from '../ke/raise.ts';
import type { Kernel } from '../kernel.ts';
import { alias, type Service, service } from '../service.ts';

/** SLIST_HEADER.HeaderX64 (ntdef.h): Depth 16 bits, Sequence 48; Reserved 4, NextEntry 60. */
const DEPTH_MASK = 0xffffn;
const SEQUENCE_ONE = 0x1_0000n;
const ENTRY_MASK = ~0xfn;

export const slistDepth = (kernel: Kernel, head: Va): number => kernel.mmu.u16(head);

const first = (kernel: Kernel, head: Va): Va => va(kernel.mmu.u64(vaAdd(head, 8)) & ENTRY_MASK);

function update(kernel: Kernel, head: Va, depth: bigint, entry: Va): void {
  const sequence = (kernel.mmu.u64(head) & ~DEPTH_MASK) + SEQUENCE_ONE;
  kernel.mmu.write(head, 8, BigInt.asUintN(64, sequence) | (depth & DEPTH_MASK));
  const reserved = kernel.mmu.u64(vaAdd(head, 8)) & 0xfn;
  kernel.mmu.write(vaAdd(head, 8), 8, entry | reserved);
}

/** Returns the entry that was first. */
export function slistPush(kernel: Kernel, head: Va, entry: Va): Va {
  const before = first(kernel, head);
  kernel.mmu.write(entry, 8, before);
  update(kernel, head, BigInt(slistDepth(kernel, head) + 1), entry);
  return before;
}

export function slistPop(kernel: Kernel, head: Va): Va {
  const entry = first(kernel, head);
  if (entry === NULL) return NULL;
  const next = kernel.mmu.pointer(entry);
  update(kernel, head, BigInt(slistDepth(kernel, head) - 1), next);
  return entry;
}

function slistFlush(kernel: Kernel, head: Va): Va {
  const entry = first(kernel, head);
  if (entry !== NULL) update(kernel, head, 0n, NULL);
  return entry;
}

const ListHead = ptr('SLIST_HEADER');
const ListEntry = ptr('SLIST_ENTRY');

const InitializeSListHead = service({
  name: 'InitializeSListHead',
  doc: 'wdm/nf-wdm-initializeslisthead',
  params: { SListHead: ListHead },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run(kernel, { SListHead }): Blocking<void> | undefined {
    if ((SListHead & 0xfn) !== 0n) return raiseStatus(kernel, STATUS.DATATYPE_MISALIGNMENT);
    kernel.mmu.fill(SListHead, 16, 0);
    return undefined;
  },
});

const ExQueryDepthSList = service({
  name: 'ExQueryDepthSList',
  doc: 'wdm/nf-wdm-exquerydepthslist',
  params: { SListHead: ListHead },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { SListHead }) => slistDepth(kernel, SListHead),
});

const ExpInterlockedPushEntrySList = service({
  name: 'ExpInterlockedPushEntrySList',
  doc: 'wdm/nf-wdm-expinterlockedpushentryslist',
  params: { ListHead, ListEntry },
  returns: 'pointer',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) => slistPush(kernel, args.ListHead, args.ListEntry),
});

const ExpInterlockedPopEntrySList = service({
  name: 'ExpInterlockedPopEntrySList',
  doc: 'wdm/nf-wdm-expinterlockedpopentryslist',
  params: { ListHead },
  returns: 'pointer',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) => slistPop(kernel, args.ListHead),
});

const ExpInterlockedFlushSList = service({
  name: 'ExpInterlockedFlushSList',
  doc: 'wdm/nf-wdm-exinterlockedflushslist',
  params: { ListHead },
  returns: 'pointer',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) => slistFlush(kernel, args.ListHead),
});

/** The lock is not used on x64 (wdm.h). */
const ExInterlockedPushEntrySList = service({
  name: 'ExInterlockedPushEntrySList',
  doc: 'wdm/nf-wdm-exinterlockedpushentryslist',
  params: { ListHead, ListEntry, Lock: ptr('KSPIN_LOCK') },
  returns: 'pointer',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) => slistPush(kernel, args.ListHead, args.ListEntry),
});

const ExInterlockedPopEntrySList = service({
  name: 'ExInterlockedPopEntrySList',
  doc: 'wdm/nf-wdm-exinterlockedpopentryslist',
  params: { ListHead, Lock: ptr('KSPIN_LOCK') },
  returns: 'pointer',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) => slistPop(kernel, args.ListHead),
});

export const slistServices: readonly Service[] = [
  InitializeSListHead,
  ExQueryDepthSList,
  ExpInterlockedPushEntrySList,
  ExpInterlockedPopEntrySList,
  ExpInterlockedFlushSList,
  ExInterlockedPushEntrySList,
  ExInterlockedPopEntrySList,
  alias('ExInterlockedFlushSList', ExpInterlockedFlushSList),
];
