/** Doubly and singly linked lists and sums under a spin lock that the caller names. */

import { LIST_ENTRY } from '../../layout/nt.ts';
import { i64, out, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { HIGH_LEVEL } from '../../units/irql.ts';
import { acquireSpinLock, releaseSpinLock } from '../ke/irql-services.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';

/** Interrupts are off while the lock is held, so nothing is seen between. */
function locked<T>(kernel: Kernel, lock: Va, action: () => T): T {
  acquireSpinLock(kernel, lock);
  try {
    return action();
  } finally {
    releaseSpinLock(kernel, lock);
  }
}

const links = (kernel: Kernel, at: Va) => LIST_ENTRY.at(kernel.mmu, at);

/** Puts `entry` between two neighbours. */
export function listInsert(kernel: Kernel, entry: Va, before: Va, after: Va): void {
  const view = links(kernel, entry);
  view.Flink = after;
  view.Blink = before;
  links(kernel, before).Flink = entry;
  links(kernel, after).Blink = entry;
}

export function listRemove(kernel: Kernel, entry: Va): void {
  const { Flink, Blink } = links(kernel, entry);
  links(kernel, Blink).Flink = Flink;
  links(kernel, Flink).Blink = Blink;
}

const ListHead = ptr('LIST_ENTRY');
const ListEntry = ptr('LIST_ENTRY');
const Lock = ptr('KSPIN_LOCK');

const orNull = (entry: Va, head: Va): Va => (entry === head ? NULL : entry);

const ExInterlockedInsertHeadList = service({
  name: 'ExInterlockedInsertHeadList',
  doc: 'wdm/nf-wdm-exinterlockedinsertheadlist',
  params: { ListHead, ListEntry, Lock },
  returns: 'pointer',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) =>
    locked(kernel, args.Lock, () => {
      const first = links(kernel, args.ListHead).Flink;
      listInsert(kernel, args.ListEntry, args.ListHead, first);
      return orNull(first, args.ListHead);
    }),
});

const ExInterlockedInsertTailList = service({
  name: 'ExInterlockedInsertTailList',
  doc: 'wdm/nf-wdm-exinterlockedinserttaillist',
  params: { ListHead, ListEntry, Lock },
  returns: 'pointer',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) =>
    locked(kernel, args.Lock, () => {
      const last = links(kernel, args.ListHead).Blink;
      listInsert(kernel, args.ListEntry, last, args.ListHead);
      return orNull(last, args.ListHead);
    }),
});

const ExInterlockedRemoveHeadList = service({
  name: 'ExInterlockedRemoveHeadList',
  doc: 'wdm/nf-wdm-exinterlockedremoveheadlist',
  params: { ListHead, Lock },
  returns: 'pointer',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) =>
    locked(kernel, args.Lock, () => {
      const first = links(kernel, args.ListHead).Flink;
      if (first === args.ListHead) return NULL;
      listRemove(kernel, first);
      return first;
    }),
});

const ExInterlockedPushEntryList = service({
  name: 'ExInterlockedPushEntryList',
  doc: 'wdm/nf-wdm-exinterlockedpushentrylist',
  params: { ListHead: ptr('SINGLE_LIST_ENTRY'), ListEntry: ptr('SINGLE_LIST_ENTRY'), Lock },
  returns: 'pointer',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) =>
    locked(kernel, args.Lock, () => {
      const first = kernel.mmu.pointer(args.ListHead);
      kernel.mmu.write(args.ListEntry, 8, first);
      kernel.mmu.write(args.ListHead, 8, args.ListEntry);
      return first;
    }),
});

const ExInterlockedPopEntryList = service({
  name: 'ExInterlockedPopEntryList',
  doc: 'wdm/nf-wdm-exinterlockedpopentrylist',
  params: { ListHead: ptr('SINGLE_LIST_ENTRY'), Lock },
  returns: 'pointer',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) =>
    locked(kernel, args.Lock, () => {
      const first = kernel.mmu.pointer(args.ListHead);
      if (first !== NULL) kernel.mmu.write(args.ListHead, 8, kernel.mmu.pointer(first));
      return first;
    }),
});

const ExInterlockedAddLargeInteger = service({
  name: 'ExInterlockedAddLargeInteger',
  doc: 'wdm/nf-wdm-exinterlockedaddlargeinteger',
  params: { Addend: out('LARGE_INTEGER'), Increment: i64, Lock },
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) =>
    locked(kernel, args.Lock, () => {
      const before = kernel.mmu.u64(args.Addend);
      kernel.mmu.write(args.Addend, 8, BigInt.asUintN(64, before + args.Increment));
      return before;
    }),
});

const ExInterlockedAddUlong = service({
  name: 'ExInterlockedAddUlong',
  doc: 'wdm/nf-wdm-exinterlockedaddulong',
  params: { Addend: out('ULONG'), Increment: u32, Lock },
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) =>
    locked(kernel, args.Lock, () => {
      const before = kernel.mmu.u32(args.Addend);
      kernel.mmu.write(args.Addend, 4, BigInt((before + args.Increment) >>> 0));
      return before;
    }),
});

export const interlockedServices: readonly Service[] = [
  ExInterlockedInsertHeadList,
  ExInterlockedInsertTailList,
  ExInterlockedRemoveHeadList,
  ExInterlockedPushEntryList,
  ExInterlockedPopEntryList,
  ExInterlockedAddLargeInteger,
  ExInterlockedAddUlong,
];
