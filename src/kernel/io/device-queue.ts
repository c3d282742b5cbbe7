/** Device queues: KDEVICE_QUEUE objects, where IRPs wait for a busy device. */
import { LIST_ENTRY } from '../../layout/nt.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import type { Kernel } from '../kernel.ts';
import { DEVICE_QUEUE_OBJECT, KDEVICE_QUEUE, KDEVICE_QUEUE_ENTRY } from './layout.ts';

const HEAD = KDEVICE_QUEUE.offsetOf('DeviceListHead');
/** A list longer than this has been corrupted into a loop. */
const MAX_ENTRIES = 0x1_0000;

export function initialiseDeviceQueue(kernel: Kernel, at: Va): void {
  const queue = KDEVICE_QUEUE.at(kernel.mmu, at);
  queue.Type = DEVICE_QUEUE_OBJECT;
  queue.Size = KDEVICE_QUEUE.bytes;
  initialiseList(kernel, vaAdd(at, HEAD));
  queue.Lock = 0n;
  queue.Busy = false;
}

export function initialiseList(kernel: Kernel, head: Va): void {
  const list = LIST_ENTRY.at(kernel.mmu, head);
  list.Flink = head;
  list.Blink = head;
}

function insertBefore(kernel: Kernel, next: Va, entry: Va): void {
  const { mmu } = kernel;
  const after = LIST_ENTRY.at(mmu, next);
  const before = after.Blink;
  const link = LIST_ENTRY.at(mmu, entry);
  link.Flink = next;
  link.Blink = before;
  LIST_ENTRY.at(mmu, before).Flink = entry;
  after.Blink = entry;
}

function removeLink(kernel: Kernel, entry: Va): void {
  const { mmu } = kernel;
  const { Flink, Blink } = LIST_ENTRY.at(mmu, entry);
  LIST_ENTRY.at(mmu, Blink).Flink = Flink;
  LIST_ENTRY.at(mmu, Flink).Blink = Blink;
}

const firstOf = (kernel: Kernel, head: Va): Va => {
  const { Flink } = LIST_ENTRY.at(kernel.mmu, head);
  return Flink === head ? NULL : Flink;
};

/** False when the queue was not busy: it is now, and the entry is the caller's to start. */
export function insertDeviceQueue(kernel: Kernel, at: Va, entry: Va, key: number | null): boolean {
  const queue = KDEVICE_QUEUE.at(kernel.mmu, at);
  const view = KDEVICE_QUEUE_ENTRY.at(kernel.mmu, entry);
  if (key !== null) view.SortKey = key;
  if (!queue.Busy) {
    queue.Busy = true;
    view.Inserted = false;
    return false;
  }
  insertBefore(kernel, key === null ? vaAdd(at, HEAD) : placeFor(kernel, at, key), entry);
  view.Inserted = true;
  return true;
}

/** The first entry with a larger key, or the head. */
function placeFor(kernel: Kernel, at: Va, key: number): Va {
  const head = vaAdd(at, HEAD);
  let entry = LIST_ENTRY.at(kernel.mmu, head).Flink;
  for (let i = 0; entry !== head && i < MAX_ENTRIES; i++) {
    if (KDEVICE_QUEUE_ENTRY.at(kernel.mmu, entry).SortKey > key) return entry;
    entry = LIST_ENTRY.at(kernel.mmu, entry).Flink;
  }
  return head;
}

/** The next entry, or NULL and a queue no longer busy. */
export function removeDeviceQueue(kernel: Kernel, at: Va): Va {
  return take(kernel, at, firstOf(kernel, vaAdd(at, HEAD)));
}

/** The first entry whose key is at least `key`, else the first of all. */
export function removeByKey(kernel: Kernel, at: Va, key: number): Va {
  const head = vaAdd(at, HEAD);
  let entry = LIST_ENTRY.at(kernel.mmu, head).Flink;
  for (let i = 0; entry !== head && i < MAX_ENTRIES; i++) {
    if (KDEVICE_QUEUE_ENTRY.at(kernel.mmu, entry).SortKey >= key) return take(kernel, at, entry);
    entry = LIST_ENTRY.at(kernel.mmu, entry).Flink;
  }
  return removeDeviceQueue(kernel, at);
}

function take(kernel: Kernel, at: Va, entry: Va): Va {
  if (entry === NULL) {
    KDEVICE_QUEUE.at(kernel.mmu, at).Busy = false;
    return NULL;
  }
  removeLink(kernel, entry);
  KDEVICE_QUEUE_ENTRY.at(kernel.mmu, entry).Inserted = false;
  return entry;
}

/** True when the entry was queued. */
export function removeEntry(kernel: Kernel, entry: Va): boolean {
  const view = KDEVICE_QUEUE_ENTRY.at(kernel.mmu, entry);
  if (!view.Inserted) return false;
  removeLink(kernel, entry);
  view.Inserted = false;
  return true;
}
