/** NDIS-ACC-FAMILY: port functions on memory, register functions on ports, or neither mapped nor registered. */
import { hex, hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { accessFault, portFault, unmappedResource } from './access-fault.ts';
import { adapterOf } from './observe.ts';

const ID = 'NDIS-ACC-FAMILY';

export const ndisAccFamily = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  summary:
    'Memory is accessed with NdisReadRegister and NdisWriteRegister after NdisMMapIoSpace, ports with NdisRawRead and NdisRawWrite after NdisMRegisterIoPortRange.',
  message: '{device}: {deed}.',
  why: 'A port instruction keeps 16 bits of a register address and reaches some other port; a port number or a physical address used as a pointer is memory of nobody, or of somebody else.',
  fix: 'Remember the type of each descriptor beside its address and choose the access functions by it.',
  limits:
    "A wrong port is recognised when nobody answers it and its number is the low half of the adapter's mapping or memory, or when it is a port of the adapter that was never registered.",
  doc: 'ndis/nf-ndis-ndisrawreadportulong',
  sources: ['ndis/nf-ndis-ndisrawreadportulong', 'ndis/nf-ndis-ndismregisterioportrange'],
  bad: `status = NdisMMapIoSpace(&adapter->Base, Handle, bar, length);
NdisRawReadPortUlong((ULONG_PTR)adapter->Base + STATUS, &value);`,
  good: `status = NdisMMapIoSpace(&adapter->Base, Handle, bar, length);
NdisReadRegisterUlong((PULONG)(adapter->Base + STATUS), &value);`,
  on: {
    'port-access'(event, report, _state, { world }) {
      const use = portFault(event, world);
      if (use?.rule !== ID) return;
      const port = hex(event.port);
      const deed = `port ${port} was accessed, meaning ${use.meant}`;
      report(event, { device: event.device, deed, port });
    },
    'page-fault'(event, report, _state, { world }) {
      if (accessFault(event, world) !== ID) return;
      const adapter = adapterOf(world, event.device);
      const address = hexVa(event.address);
      const resource = adapter && unmappedResource(event.address, adapter);
      const what = resource?.kind === 'port' ? 'a port number' : 'a physical address, never mapped';
      const deed = `${address} was accessed as memory; it is ${what}`;
      report(event, { device: event.device, deed, address });
    },
  },
});
