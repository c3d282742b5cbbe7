/** How an NDIS 5 miniport answers what it left pending, and what it tells unasked: through the miniport block or by import. */
import type { Kernel } from '../../../kernel/kernel.ts';
import type { Service } from '../../../kernel/service.ts';
import { ndisStatus } from '../../../layout/named.ts';
import { ptr, u32 } from '../../../layout/struct.ts';
import { NULL, type Va } from '../../../units/address.ts';
import { DISPATCH_LEVEL } from '../../../units/irql.ts';
import { NDIS_STATUS } from '../../../units/ndis-status.ts';
import { isSuccess, ntStatus } from '../../../units/status.ts';
import { type Adapter, adapters, type Outstanding } from '../adapter.ts';
import { note } from '../completions.ts';
import { tellMisuse } from '../misuse.ts';
import { ndisHandle, ndisService } from '../ndis-service.ts';
import { lengthOf } from './packets.ts';
import { legacyOf } from './state.ts';

const MAX_STATUS_BYTES = 4096;

function adapterFor(kernel: Kernel, service: string, handle: Va): Adapter | undefined {
  const adapter = adapters(kernel).get(handle);
  if (adapter === undefined) tellMisuse(kernel, service, 'wrong-handle');
  return adapter;
}

const NdisMSendComplete = ndisService({
  name: 'NdisMSendComplete',
  doc: 'ndis.h',
  params: { MiniportAdapterHandle: ndisHandle, Packet: ptr('NDIS_PACKET'), Status: ndisStatus },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { MiniportAdapterHandle, Packet, Status }) {
    const name = 'NdisMSendComplete';
    const adapter = adapterFor(kernel, name, MiniportAdapterHandle);
    if (adapter === undefined) return;
    const waiting = adapter.sends.get(Packet);
    if (waiting === undefined) {
      tellMisuse(kernel, name, 'not-outstanding');
      return;
    }
    adapter.sends.delete(Packet);
    const status = ntStatus(Status);
    waiting.done = true;
    waiting.status = status;
    if (isSuccess(status)) adapter.sentCount++;
    const length = lengthOf(kernel, Packet);
    kernel.emit({ kind: 'frame', what: 'sent', subject: adapter.subject, length, status });
  },
});

/** Packets that had been refused are offered again soon anyway. */
const NdisMSendResourcesAvailable = ndisService({
  name: 'NdisMSendResourcesAvailable',
  doc: 'ndis.h',
  params: { MiniportAdapterHandle: ndisHandle },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: () => {},
});

function finishRequest(kernel: Kernel, service: string, handle: Va, status: number): void {
  const adapter = adapterFor(kernel, service, handle);
  if (adapter === undefined) return;
  const waiting: Outstanding | null = legacyOf(kernel, adapter).request;
  if (waiting === null || waiting.done) {
    tellMisuse(kernel, service, waiting?.done === true ? 'completed-twice' : 'nothing-pending');
    return;
  }
  waiting.done = true;
  waiting.status = ntStatus(status);
}

const requestCompletion = (name: string): Service =>
  ndisService({
    name,
    doc: 'ndis.h',
    params: { MiniportAdapterHandle: ndisHandle, Status: ndisStatus },
    returns: 'void',
    maxIrql: DISPATCH_LEVEL,
    run: (kernel, { MiniportAdapterHandle, Status }) =>
      finishRequest(kernel, name, MiniportAdapterHandle, Status),
  });

const NdisMIndicateStatus = ndisService({
  name: 'NdisMIndicateStatus',
  params: {
    MiniportAdapterHandle: ndisHandle,
    GeneralStatus: ndisStatus,
    StatusBuffer: ptr(),
    StatusBufferSize: u32,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { MiniportAdapterHandle, GeneralStatus, StatusBuffer, StatusBufferSize }) {
    const adapter = adapterFor(kernel, 'NdisMIndicateStatus', MiniportAdapterHandle);
    if (adapter === undefined) return;
    const status = ntStatus(GeneralStatus);
    if (status === NDIS_STATUS.MEDIA_CONNECT) adapter.linkUp = true;
    if (status === NDIS_STATUS.MEDIA_DISCONNECT) adapter.linkUp = false;
    const bytes = Math.min(StatusBufferSize, MAX_STATUS_BYTES);
    const isEmpty = StatusBuffer === NULL || bytes === 0;
    note(
      kernel,
      adapter,
      status,
      isEmpty ? new Uint8Array() : kernel.mmu.readBytes(StatusBuffer, bytes),
    );
  },
});

const NdisMIndicateStatusComplete = ndisService({
  name: 'NdisMIndicateStatusComplete',
  doc: 'ndis.h',
  params: { MiniportAdapterHandle: ndisHandle },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: () => {},
});

export const completionServices5: readonly Service[] = [
  NdisMSendComplete,
  NdisMSendResourcesAvailable,
  requestCompletion('NdisMQueryInformationComplete'),
  requestCompletion('NdisMSetInformationComplete'),
  NdisMIndicateStatus,
  NdisMIndicateStatusComplete,
];
