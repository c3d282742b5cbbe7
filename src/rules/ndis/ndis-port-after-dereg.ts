/** NDIS-PORT-AFTER-DEREG: a port is used after it was given back. */
import { hex } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { portFault } from './access-fault.ts';
import { routineName } from './words.ts';

export const ndisPortAfterDereg = rule({
  id: 'NDIS-PORT-AFTER-DEREG',
  severity: 'error',
  framework: 'ndis',
  summary:
    'After NdisMDeregisterIoPortRange no NdisRawReadPort or NdisRawWritePort call names the range.',
  message: '{device}: {routine} accessed port {port} after the range had been deregistered.',
  why: 'The ports may belong to another device by then, and a port instruction never faults: the access silently works on that device.',
  fix: 'Stop everything that uses the ports (interrupt, timers, work items) and quiet the hardware first; deregister last.',
  limits:
    'The last remark of the page names NdisMRegisterIoPortRange where it means this function.',
  doc: 'ndis/nf-ndis-ndismderegisterioportrange',
  sources: ['ndis/nf-ndis-ndismderegisterioportrange'],
  bad: `NdisMDeregisterIoPortRange(adapter->Handle, adapter->Port, 0x40, adapter->Ports);
NdisRawWritePortUlong((ULONG_PTR)adapter->Ports + CONTROL, RESET);`,
  good: `NdisRawWritePortUlong((ULONG_PTR)adapter->Ports + CONTROL, RESET);
NdisMDeregisterIoPortRange(adapter->Handle, adapter->Port, 0x40, adapter->Ports);`,
  on: {
    'port-access'(event, report, _state, { world }) {
      if (portFault(event, world)?.rule !== 'NDIS-PORT-AFTER-DEREG') return;
      const { device, callback, port } = event;
      const mapping = world.ndis.endedPorts.findLast(
        ({ physical, length }) => port >= physical && port < physical + length,
      );
      const facts = { device, routine: routineName(callback), port: hex(port) };
      report(event, facts, { mapping });
    },
  },
});
