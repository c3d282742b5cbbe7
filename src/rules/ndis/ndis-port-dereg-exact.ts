/** NDIS-PORT-DEREG-EXACT: ports given back otherwise than they were registered. */
import { hex } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { naming } from '../words.ts';
import { unmapFault } from './call-fault.ts';

const ID = 'NDIS-PORT-DEREG-EXACT';

export const ndisPortDeregExact = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  fault: 'release',
  summary:
    'NdisMDeregisterIoPortRange gets first port, number of ports and base of one registration, and no part of it.',
  message: 'NdisMDeregisterIoPortRange was called for {given}; {relation}.',
  why: 'NDIS releases whole claims. What a part of one does is not documented; the rest of the range stays claimed, or the claim of another range is lost.',
  fix: 'Keep first port, number and base together in the adapter context and pass the three as they are.',
  limits: 'None known.',
  doc: 'ndis/nf-ndis-ndismderegisterioportrange',
  sources: ['ndis/nf-ndis-ndismderegisterioportrange'],
  bad: 'NdisMDeregisterIoPortRange(adapter->Handle, adapter->Port, 0x20, adapter->Ports);',
  good: 'NdisMDeregisterIoPortRange(adapter->Handle, adapter->Port, adapter->PortCount, adapter->Ports);',
  on: {
    unmap(event, report, _state, { world }) {
      if (unmapFault(event, world) !== ID) return;
      const { mapping, base, length } = event;
      const given = `${hex(length ?? 0)} ports at ${hex(base)}`;
      const relation =
        mapping === null
          ? 'no registered range lies there'
          : `${naming(mapping)} is what was registered`;
      report(event, { given, relation }, { mapping });
    },
  },
});
