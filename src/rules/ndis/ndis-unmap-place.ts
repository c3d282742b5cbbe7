/** NDIS-UNMAP-PLACE: device memory unmapped elsewhere than in initialization and halt. */
import { hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { naming } from '../words.ts';
import { unmapFault } from './call-fault.ts';
import { routineName } from './words.ts';

const ID = 'NDIS-UNMAP-PLACE';

export const ndisUnmapPlace = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  fault: 'release',
  summary: 'NdisMUnmapIoSpace is called only from MiniportInitializeEx and MiniportHaltEx.',
  message: 'NdisMUnmapIoSpace of {what} was called in {routine}.',
  why: 'In every other routine the adapter may still interrupt, send or answer requests; the first register access after the unmap stops the system. MiniportDriverUnload comes when the adapter is long gone.',
  fix: 'Unmap in MiniportHaltEx, whatever its HaltAction, and in the failure path of MiniportInitializeEx.',
  limits:
    'The page of NdisMMapIoSpace also says that the range is released when the driver is unloading; the page of this function admits two routines only, and the rule follows it. A range that MiniportHaltEx left is reported there (NDIS-UNMAP-HALT), one mapped at a wrong place there (NDIS-MAP-INIT-ONLY), and neither again here.',
  doc: 'ndis/nf-ndis-ndismunmapiospace',
  sources: ['ndis/nf-ndis-ndismunmapiospace', 'ndis/nf-ndis-ndismmapiospace'],
  bad: `NDIS_STATUS MiniportPause(NDIS_HANDLE Context, PNDIS_MINIPORT_PAUSE_PARAMETERS Parameters) {
    NdisMUnmapIoSpace(adapter->Handle, adapter->Regs, adapter->Length);`,
  good: `VOID MiniportHaltEx(NDIS_HANDLE Context, NDIS_HALT_ACTION Action) {
    NdisMDeregisterInterruptEx(adapter->Interrupt);
    NdisMUnmapIoSpace(adapter->Handle, adapter->Regs, adapter->Length);`,
  on: {
    unmap(event, report, _state, { world }) {
      if (unmapFault(event, world) !== ID) return;
      const { mapping, base, callback } = event;
      const what = mapping === null ? hexVa(base) : naming(mapping);
      report(event, { what, routine: routineName(callback) }, { mapping });
    },
  },
});
