/** How an NDIS 6 miniport answers what it had left pending, and what it tells unasked. */
import type { Kernel } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { ndisStatus } from '../../layout/named.ts';
import { bool, ptr } from '../../layout/struct.ts';
import { NULL } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { type NtStatus, ntStatus } from '../../units/status.ts';
import { type Adapter, adapters, type Outstanding } from './adapter.ts';
import { LINK_STATE, STATUS_INDICATION } from './layout.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { readOffloads } from './task-offload.ts';

const MAX_INDICATIONS = 1024;
const MAX_STATUS_BYTES = 4096;

function finish(
  kernel: Kernel,
  service: string,
  waiting: Outstanding | null | undefined,
  status: NtStatus,
  flag = false,
): void {
  if (waiting === null || waiting === undefined || waiting.done) {
    tellMisuse(kernel, service, waiting?.done === true ? 'completed-twice' : 'nothing-pending');
    return;
  }
  waiting.done = true;
  waiting.status = status;
  waiting.flag = flag;
}

const NdisMPauseComplete = ndisService({
  name: 'NdisMPauseComplete',
  params: { MiniportAdapterHandle: ndisHandle },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { MiniportAdapterHandle }) {
    const waiting = adapters(kernel).get(MiniportAdapterHandle)?.pausing;
    finish(kernel, 'NdisMPauseComplete', waiting, NDIS_STATUS.SUCCESS);
  },
});

const NdisMRestartComplete = ndisService({
  name: 'NdisMRestartComplete',
  params: { MiniportAdapterHandle: ndisHandle, Status: ndisStatus },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { MiniportAdapterHandle, Status }) {
    const waiting = adapters(kernel).get(MiniportAdapterHandle)?.restarting;
    finish(kernel, 'NdisMRestartComplete', waiting, ntStatus(Status));
  },
});

const NdisMResetComplete = ndisService({
  name: 'NdisMResetComplete',
  doc: 'ndis/nf-ndis-ndismresetcomplete~r1',
  params: { MiniportAdapterHandle: ndisHandle, Status: ndisStatus, AddressingReset: bool },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { MiniportAdapterHandle, Status, AddressingReset }) {
    const waiting = adapters(kernel).get(MiniportAdapterHandle)?.resetting;
    finish(kernel, 'NdisMResetComplete', waiting, ntStatus(Status), AddressingReset);
  },
});

const oidCompletion = (name: string): Service =>
  ndisService({
    name,
    params: {
      MiniportAdapterHandle: ndisHandle,
      OidRequest: ptr('NDIS_OID_REQUEST'),
      Status: ndisStatus,
    },
    returns: 'void',
    maxIrql: DISPATCH_LEVEL,
    run(kernel, { MiniportAdapterHandle, OidRequest, Status }) {
      const waiting = adapters(kernel).get(MiniportAdapterHandle)?.oids.get(OidRequest);
      finish(kernel, name, waiting, ntStatus(Status));
    },
  });

const NdisMIndicateStatusEx = ndisService({
  name: 'NdisMIndicateStatusEx',
  params: {
    MiniportAdapterHandle: ndisHandle,
    StatusIndication: ptr('NDIS_STATUS_INDICATION'),
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { MiniportAdapterHandle, StatusIndication }) {
    const adapter = adapters(kernel).get(MiniportAdapterHandle);
    if (adapter === undefined) {
      tellMisuse(kernel, 'NdisMIndicateStatusEx', 'wrong-handle');
      return;
    }
    const view = STATUS_INDICATION.at(kernel.mmu, StatusIndication);
    const bytes = Math.min(view.StatusBufferSize, MAX_STATUS_BYTES);
    const buffer =
      view.StatusBuffer === NULL || bytes === 0
        ? new Uint8Array()
        : kernel.mmu.readBytes(view.StatusBuffer, bytes);
    note(kernel, adapter, ntStatus(view.StatusCode), buffer);
  },
});

/** NET_IF_MEDIA_CONNECT_STATE. */
const CONNECTED = 1;
const CONNECT_STATE = LINK_STATE.offsetOf('MediaConnectState');
const linkStateOf = (buffer: Uint8Array): number => buffer[CONNECT_STATE] ?? 0;

export function note(kernel: Kernel, adapter: Adapter, status: NtStatus, buffer: Uint8Array): void {
  if (adapter.indications.length < MAX_INDICATIONS) adapter.indications.push({ status, buffer });
  if (status === NDIS_STATUS.LINK_STATE) adapter.linkUp = linkStateOf(buffer) === CONNECTED;
  if (status === NDIS_STATUS.TASK_OFFLOAD_CURRENT_CONFIG && adapter.offloads !== null) {
    adapter.offloads.current = readOffloads(buffer);
    adapter.offloads.told++;
  }
  kernel.emit({ kind: 'adapter-status', subject: adapter.subject, status });
}

export const completionServices: readonly Service[] = [
  NdisMPauseComplete,
  NdisMRestartComplete,
  NdisMResetComplete,
  oidCompletion('NdisMOidRequestComplete'),
  oidCompletion('NdisMDirectOidRequestComplete'),
  NdisMIndicateStatusEx,
];
