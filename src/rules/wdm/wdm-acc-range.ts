/** WDM-ACC-RANGE: an access beside the bytes that were mapped. */
import { hex, hexVa } from '../../units/address.ts';
import { isIoSpace } from '../leftovers.ts';
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { missedMapping, pageFault } from './page-fault.ts';

export const wdmAccRange = rule({
  id: 'WDM-ACC-RANGE',
  severity: 'error',
  framework: 'wdm',
  summary: 'Register accesses stay inside the bytes that were mapped.',
  message: '{access} of {size} at {address} lies at offset {offset} of {mapping}.',
  why: "Mappings are whole pages. Beyond the length but inside the last page the access reaches whatever lies there, without a sign: the registers of the next device, another driver's buffer. One page further the system stops with 0x50 or 0xD1.",
  fix: 'Check that the resource is as long as the highest register needs before mapping it, and map that much.',
  limits:
    'Device memory is watched access by access; of a mapping of RAM only a first or last page that it does not fill and the guard pages are. That a buffer has as many elements as READ_REGISTER_BUFFER was told is not seen.',
  doc: 'wdm/nf-wdm-read_register_ulong',
  sources: ['wdm/nf-wdm-read_register_ulong', 'wdm/nf-wdm-write_register_ulong'],
  bad: `regs = MmMapIoSpace(start, 0x80, MmNonCached);
READ_REGISTER_ULONG((PULONG)(regs + 0x88));`,
  good: `regs = MmMapIoSpace(start, 0x100, MmNonCached);
READ_REGISTER_ULONG((PULONG)(regs + 0x88));`,
  on: {
    access(event, report) {
      const { mapping, address, size } = event;
      if (event.inside || mapping === null || !isIoSpace(mapping)) return;
      const facts = { access: event.access, address: hexVa(address), size: `${size} byte(s)` };
      const offset = offsetIn(address, mapping.virtual);
      report(event, { ...mappingFacts(mapping), ...facts, offset }, { mapping });
    },
    'page-fault'(event, report, _state, { world }) {
      const { address } = event;
      const mapping = missedMapping(event, world);
      if (mapping === null || pageFault(event, world) !== 'WDM-ACC-RANGE') return;
      const facts = { access: event.access, address: hexVa(address), size: 'some bytes' };
      const offset = offsetIn(address, mapping.virtual);
      report(event, { ...mappingFacts(mapping), ...facts, offset }, { mapping });
    },
  },
});

const offsetIn = (address: bigint, base: bigint): string =>
  address < base ? `-${hex(base - address)}` : hex(address - base);
