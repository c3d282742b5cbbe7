/** NDIS-PORT-IMMEDIATE: a registered port reached without the registration. */
import { hex } from '../../units/address.ts';
import { rule } from '../rule.ts';
import type { KnownMapping } from '../world.ts';
import { adapterOf } from './observe.ts';
import { findRange, isPort } from './ranges.ts';

const IMMEDIATE = /^NdisImmediate(Read|Write)Port/;

export const ndisPortImmediate = rule({
  id: 'NDIS-PORT-IMMEDIATE',
  severity: 'error',
  framework: 'ndis',
  summary:
    'Once a port range is registered, no NdisImmediateReadPort or NdisImmediateWritePort call names a port in it.',
  message: '{service} was called for port {port}, which {range} had registered.',
  why: 'These functions map and unmap the port for each call, from the bus-relative number. Given the base that the registration returned they may name another port, and they disturb the mapping that exists.',
  fix: 'Use NdisRawReadPort and NdisRawWritePort with the base that NdisMRegisterIoPortRange returned; they are faster as well.',
  limits: 'None known.',
  doc: 'ndis/nf-ndis-ndismregisterioportrange',
  sources: ['ndis/nf-ndis-ndismregisterioportrange'],
  bad: `status = NdisMRegisterIoPortRange(&adapter->Base, Handle, port, 0x40);
NdisImmediateReadPortUchar(Wrapper, port + STATUS, &value);`,
  good: `status = NdisMRegisterIoPortRange(&adapter->Base, Handle, port, 0x40);
NdisRawReadPortUchar((ULONG_PTR)adapter->Base + STATUS, &value);`,
  on: {
    'service-enter'(event, report, _state, { world }) {
      if (!IMMEDIATE.test(event.service)) return;
      const adapter = adapterOf(world, event.device);
      const port = Number(event.args.Port ?? Number.NaN);
      if (adapter === undefined) return;
      const known = findRange(adapter, (range) => isPort(range) && names(port, range));
      if (known === undefined || known === 'unknown') return;
      const range = known.facts.service;
      report(event, { service: event.service, port: hex(port), range }, { mapping: known.facts });
    },
  },
});

/** By its number for the processor or for the bus. */
const names = (port: number, { facts, call }: KnownMapping): boolean =>
  [facts.physical, call.bus].some(
    (start) => start !== undefined && port >= start && port < start + facts.length,
  );
