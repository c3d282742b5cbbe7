/** WDM-MAPEX-RO: a write through a read-only mapping. */
import { hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { pageFault } from './page-fault.ts';

export const wdmMapexRo = rule({
  id: 'WDM-MAPEX-RO',
  severity: 'error',
  framework: 'wdm',
  summary: 'A mapping made read-only is not written.',
  message: '{address} was written, which {mapping} made read-only.',
  why: 'The write faults: 0xBE ATTEMPTED_WRITE_TO_READONLY_MEMORY.',
  fix: 'Map with PAGE_READWRITE where registers are written, or leave out the write.',
  limits: 'None known.',
  doc: 'wdm/nf-wdm-mmmapiospaceex',
  sources: [
    'wdm/nf-wdm-mmmapiospaceex',
    'debugger/bug-check-0xbe--attempted-write-to-readonly-memory',
  ],
  bad: `regs = MmMapIoSpaceEx(start, length, PAGE_READONLY | PAGE_NOCACHE);
WRITE_REGISTER_ULONG(&regs->InterruptAck, 1);`,
  good: `regs = MmMapIoSpaceEx(start, length, PAGE_READWRITE | PAGE_NOCACHE);
WRITE_REGISTER_ULONG(&regs->InterruptAck, 1);`,
  on: {
    'page-fault'(event, report, _state, { world }) {
      const { mapping } = event;
      if (mapping === null || pageFault(event, world) !== 'WDM-MAPEX-RO') return;
      report(event, { ...mappingFacts(mapping), address: hexVa(event.address) }, { mapping });
    },
  },
});
