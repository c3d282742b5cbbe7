/** NDIS-MAP-IRQL: a map or unmap service called above PASSIVE_LEVEL. */
import type { EventOf } from '../../events/event.ts';
import { irqlName } from '../../units/irql.ts';
import { rule } from '../rule.ts';
import { type MapEvent, mapFault, unmapFault } from './call-fault.ts';
import { aboutCall } from './calls.ts';

const ID = 'NDIS-MAP-IRQL';

export const ndisMapIrql = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  summary:
    'NdisMMapIoSpace, NdisMUnmapIoSpace, NdisMRegisterIoPortRange and NdisMDeregisterIoPortRange are called at PASSIVE_LEVEL.',
  message: '{service} was called at {irql}; it is for PASSIVE_LEVEL only.',
  why: 'Claiming and releasing resources reads and writes the registry and takes locks that are waited for; at DISPATCH_LEVEL a wait or a page fault stops the system.',
  fix: 'Call them before the spin lock is taken or after it is released; MiniportInitializeEx and MiniportHaltEx run at PASSIVE_LEVEL.',
  limits:
    'A call from a routine that may not make it at any IRQL (a DPC, a timer) is reported as a call at a wrong place and not again here.',
  doc: 'devtest/ndis-irql-miniport-driver-function',
  sources: [
    'devtest/ndis-irql-miniport-driver-function',
    'ndis/nf-ndis-ndismmapiospace',
    'ndis/nf-ndis-ndismunmapiospace',
    'ndis/nf-ndis-ndismregisterioportrange',
    'ndis/nf-ndis-ndismderegisterioportrange',
  ],
  bad: `NdisAcquireSpinLock(&adapter->Lock);
status = NdisMMapIoSpace(&adapter->Regs, Handle, bar, length);
NdisReleaseSpinLock(&adapter->Lock);`,
  good: `status = NdisMMapIoSpace(&regs, Handle, bar, length);
NdisAcquireSpinLock(&adapter->Lock);
adapter->Regs = regs;
NdisReleaseSpinLock(&adapter->Lock);`,
  on: {
    map(event, report, _state, { profile }) {
      if (mapFault(event, profile) === ID) report(event, mapFacts(event), aboutCall(event));
    },
    'map-failed'(event, report, _state, { profile }) {
      if (mapFault(event, profile) === ID) report(event, mapFacts(event), aboutCall(event));
    },
    unmap(event, report, _state, { world }) {
      if (unmapFault(event, world) === ID)
        report(event, unmapFacts(event), { mapping: event.mapping });
    },
  },
});

const mapFacts = ({ call, irql }: MapEvent) => ({ service: call.service, irql: irqlName(irql) });
const unmapFacts = ({ service, irql }: EventOf<'unmap'>) => ({ service, irql: irqlName(irql) });
