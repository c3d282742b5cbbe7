/** What an NDIS 6 miniport indicates and completes: frames up to the protocols and back, sends done. */
import type { Blocking } from '../../kernel/effects.ts';
import { dpcQueue } from '../../kernel/ke/dpc.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { isSuccess, ntStatus } from '../../units/status.ts';
import { type Adapter, adapters } from './adapter.ts';
import { callPlainly } from './call.ts';
import { entryOf } from './miniport-driver.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { DISPATCH_LEVEL_FLAG, INFO, NET_BUFFER_LIST, RESOURCES_FLAG } from './net-buffer-layout.ts';
import { buffersOf, bytesOf, listsOf } from './net-buffers.ts';

const INDICATE = 'NdisMIndicateReceiveNetBufferLists';
const COMPLETE = 'NdisMSendNetBufferListsComplete';

const NdisMSendNetBufferListsComplete = ndisService({
  name: COMPLETE,
  params: {
    MiniportAdapterHandle: ndisHandle,
    NetBufferList: ptr('NET_BUFFER_LIST'),
    SendCompleteFlags: u32,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { MiniportAdapterHandle, NetBufferList, SendCompleteFlags }) {
    const adapter = adapters(kernel).get(MiniportAdapterHandle);
    if (adapter === undefined) {
      tellMisuse(kernel, COMPLETE, 'wrong-handle');
      return;
    }
    tellOfLevel(kernel, COMPLETE, SendCompleteFlags);
    for (const list of [...listsOf(kernel, NetBufferList)]) {
      completeSend(kernel, adapter, list, COMPLETE);
    }
  },
});

/** The flag saves NDIS a look at the IRQL: it has to be true. */
function tellOfLevel(kernel: Kernel, service: string, flags: number): void {
  const claimed = (flags & DISPATCH_LEVEL_FLAG) !== 0;
  if (claimed && kernel.irql !== DISPATCH_LEVEL) tellMisuse(kernel, service, 'dispatch-level-flag');
}

export function completeSend(kernel: Kernel, adapter: Adapter, list: Va, service: string): void {
  const waiting = adapter.sends.get(list);
  if (waiting === undefined) {
    tellMisuse(kernel, service, 'not-outstanding');
    return;
  }
  adapter.sends.delete(list);
  const status = ntStatus(NET_BUFFER_LIST.at(kernel.mmu, list).Status);
  const buffers = [...buffersOf(kernel, list)];
  const length = buffers.reduce((sum, at) => sum + bytesOf(kernel, at).length, 0);
  if (isSuccess(status)) adapter.sentCount += buffers.length;
  waiting.done = true;
  waiting.status = status;
  kernel.emit({ kind: 'frame', what: 'sent', subject: adapter.subject, length, status });
}

const NdisMIndicateReceiveNetBufferLists = ndisService({
  name: INDICATE,
  params: {
    MiniportAdapterHandle: ndisHandle,
    NetBufferList: ptr('NET_BUFFER_LIST'),
    PortNumber: u32,
    NumberOfNetBufferLists: u32,
    ReceiveFlags: u32,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, args) {
    const adapter = adapters(kernel).get(args.MiniportAdapterHandle);
    if (adapter === undefined) {
      tellMisuse(kernel, INDICATE, 'wrong-handle');
      return undefined;
    }
    tellOfLevel(kernel, INDICATE, args.ReceiveFlags);
    const lists = [...listsOf(kernel, args.NetBufferList)];
    if (lists.length !== args.NumberOfNetBufferLists) {
      const detail = `${args.NumberOfNetBufferLists} said, ${lists.length} in the chain`;
      tellMisuse(kernel, INDICATE, 'wrong-count', detail);
    }
    seeLists(kernel, adapter, lists, INDICATE);
    if ((args.ReceiveFlags & RESOURCES_FLAG) !== 0) return undefined;
    yield* giveBack(kernel, adapter, lists, INDICATE);
    return undefined;
  },
});

/** What goes up, noted and told. */
export function seeLists(
  kernel: Kernel,
  adapter: Adapter,
  lists: readonly Va[],
  service: string,
): void {
  if (adapter.state !== 'running' && adapter.state !== 'pausing') {
    tellMisuse(kernel, service, 'not-running', adapter.state);
  }
  for (const list of lists) see(kernel, adapter, list, service);
}

function see(kernel: Kernel, adapter: Adapter, list: Va, service: string): void {
  const slots = NET_BUFFER_LIST.at(kernel.mmu, list).NetBufferListInfo;
  const dword = (slot: number): number => Number(slots.get(slot) & 0xffff_ffffn);
  const checksums = dword(INFO.CHECKSUM);
  const hash = { information: dword(INFO.HASH_INFORMATION), value: dword(INFO.HASH_VALUE) };
  for (const buffer of buffersOf(kernel, list)) {
    const bytes = bytesOf(kernel, buffer);
    adapter.keep({ bytes, service, checksums, hash });
    const { length } = bytes;
    const { subject } = adapter;
    kernel.emit({ kind: 'frame', what: 'indicate', subject, length, status: null });
  }
}

/**
 * A protocol keeps what it gets for a while or gives it back at once; here each kind happens in
 * turn: at once from within the indication, or soon after, from a DPC.
 */
export function* giveBack(
  kernel: Kernel,
  adapter: Adapter,
  lists: readonly Va[],
  service: string,
): Blocking<void> {
  for (const list of lists) {
    if (adapter.unreturned.has(list)) tellMisuse(kernel, service, 'indicated-twice');
    adapter.unreturned.add(list);
  }
  if (adapter.indicatedCount % 2 === 1) {
    yield* returnLists(kernel, adapter, lists);
    return;
  }
  dpcQueue(kernel).insertHost(() => returnLists(kernel, adapter, lists));
}

const listBytes = (kernel: Kernel, list: Va): number =>
  [...buffersOf(kernel, list)].reduce((sum, at) => sum + bytesOf(kernel, at).length, 0);

function* returnLists(kernel: Kernel, adapter: Adapter, lists: readonly Va[]): Blocking<void> {
  const mine = lists.filter((list) => adapter.unreturned.delete(list));
  const [first] = mine;
  if (first === undefined) return;
  mine.forEach((list, i) => {
    NET_BUFFER_LIST.at(kernel.mmu, list).Next = mine[i + 1] ?? NULL;
  });
  const { subject, driver, context } = adapter;
  const length = mine.reduce((sum, list) => sum + listBytes(kernel, list), 0);
  kernel.emit({ kind: 'frame', what: 'return', subject, length, status: null });
  const flags = kernel.irql === DISPATCH_LEVEL ? DISPATCH_LEVEL_FLAG : 0;
  const routine = 'MiniportReturnNetBufferLists';
  const entry = entryOf(driver.entries, routine);
  yield* callPlainly(kernel, { routine, subject, entry, args: [context, first, BigInt(flags)] });
}

export const dataPathServices: readonly Service[] = [
  NdisMSendNetBufferListsComplete,
  NdisMIndicateReceiveNetBufferLists,
];
