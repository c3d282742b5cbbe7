/** NDIS-MAP-HANDLE: a map or unmap service given another handle than the adapter's. */
import { rule } from '../rule.ts';
import { type MapEvent, mapFault, unmapFault } from './call-fault.ts';
import { aboutCall } from './calls.ts';

const ID = 'NDIS-MAP-HANDLE';

export const ndisMapHandle = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  fault: 'release',
  summary:
    'The services take the handle that MiniportInitializeEx was given, not the adapter context or the driver handle.',
  message: '{service} was given a handle that is not the MiniportAdapterHandle of the adapter.',
  why: 'Every handle is a void pointer, so the compiler accepts them all. NDIS reads its own structure behind it: with the adapter context it reads and writes fields of the driver instead.',
  fix: 'Store the handle of MiniportInitializeEx in the adapter context and pass that one.',
  limits: 'A handle that is another adapter of the same driver counts as right.',
  doc: 'ndis/nf-ndis-ndismmapiospace',
  sources: ['ndis/nf-ndis-ndismmapiospace', 'ndis/nf-ndis-ndismunmapiospace'],
  bad: 'NdisMUnmapIoSpace(adapter, adapter->Regs, adapter->Length);',
  good: 'NdisMUnmapIoSpace(adapter->Handle, adapter->Regs, adapter->Length);',
  on: {
    map(event, report, _state, { profile }) {
      if (mapFault(event, profile) === ID) report(event, facts(event), aboutCall(event));
    },
    'map-failed'(event, report, _state, { profile }) {
      if (mapFault(event, profile) === ID) report(event, facts(event), aboutCall(event));
    },
    unmap(event, report, _state, { world }) {
      const { service, mapping } = event;
      if (unmapFault(event, world) === ID) report(event, { service }, { mapping });
    },
  },
});

const facts = ({ call: { service } }: MapEvent) => ({ service });
