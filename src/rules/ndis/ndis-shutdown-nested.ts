/** NDIS-SHUTDOWN-NESTED: MiniportShutdownEx works although it was entered from a crashing MiniportHaltEx. */
import { hex, hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { accessFault, isNested, portFault } from './access-fault.ts';

const ID = 'NDIS-SHUTDOWN-NESTED';

export const ndisShutdownNested = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  summary:
    'MiniportShutdownEx that is entered while MiniportHaltEx crashes returns at once without work.',
  message: 'MiniportShutdownEx {deed}, although MiniportHaltEx was not over.',
  why: 'The adapter is half released: registers may be unmapped, the context half freed. A second fault inside the bug check ends the crash dump as well.',
  fix: 'Set a flag at the start of MiniportHaltEx and return from MiniportShutdownEx when it is set.',
  limits:
    'Needs a run in which MiniportHaltEx crashes. From NDIS 6.30 on MiniportShutdownEx is called for a bug check only if the adapter attributes ask for it.',
  doc: 'ndis/nc-ndis-miniport_shutdown',
  sources: ['ndis/nc-ndis-miniport_shutdown'],
  bad: `VOID MiniportShutdownEx(NDIS_HANDLE Context, NDIS_SHUTDOWN_ACTION Action) {
    NdisWriteRegisterUlong(&adapter->Regs->InterruptMask, 0);`,
  good: `VOID MiniportShutdownEx(NDIS_HANDLE Context, NDIS_SHUTDOWN_ACTION Action) {
    if (adapter->Halting) return;
    NdisWriteRegisterUlong(&adapter->Regs->InterruptMask, 0);`,
  initialState: () => ({ told: false }),
  on: {
    access(event, report, state, { world }) {
      if (state.told || accessFault(event, world) !== ID) return;
      state.told = true;
      report(event, { deed: `accessed ${hexVa(event.address)}` }, { mapping: event.mapping });
    },
    'page-fault'(event, report, state, { world }) {
      if (state.told || accessFault(event, world) !== ID) return;
      state.told = true;
      report(event, { deed: `accessed ${hexVa(event.address)}` }, { mapping: event.mapping });
    },
    'port-access'(event, report, state, { world }) {
      if (state.told || portFault(event, world)?.rule !== ID) return;
      state.told = true;
      report(event, { deed: `accessed port ${hex(event.port)}` });
    },
    'service-enter'(event, report, state, { world }) {
      if (state.told || event.dll !== 'ndis.sys' || !isNested(event, world)) return;
      state.told = true;
      report(event, { deed: `called ${event.service}` });
    },
  },
});
