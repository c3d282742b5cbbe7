/** WDM-MAP-NX: device memory mapped as executable. */
import { isIoSpace } from '../leftovers.ts';
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';

export const wdmMapNx = rule({
  id: 'WDM-MAP-NX',
  severity: 'warning',
  framework: 'wdm',
  summary: 'Device memory is mapped without the right to execute it.',
  message: '{mapping} made an executable mapping ({reason}).',
  why: 'Writable and executable kernel memory is what an attacker needs; hypervisor-protected code integrity refuses it. MmMapIoSpace always maps executable, MmMapIoSpaceEx only when asked to.',
  fix: 'Call MmMapIoSpaceEx with PAGE_READWRITE | PAGE_NOCACHE; for systems before Windows 10 look it up with MmGetSystemRoutineAddress and fall back to MmMapIoSpace.',
  limits:
    'The sources disagree: the function page obliges drivers to call MmMapIoSpace, code analysis (C30029) tells them not to. Profile `documented` therefore reports only an executable protection that the driver asked for itself; profile `verifier` reports MmMapIoSpace too.',
  doc: 'devtest/30029-memory-allocating-function-requests-executable-memory',
  sources: [
    'devtest/30029-memory-allocating-function-requests-executable-memory',
    'devtest/30030-parameter-indicates-executable-memory',
    'driversecurity/implement-hvci-compatible-code',
  ],
  bad: 'base = MmMapIoSpaceEx(start, length, PAGE_EXECUTE_READWRITE | PAGE_NOCACHE);',
  good: 'base = MmMapIoSpaceEx(start, length, PAGE_READWRITE | PAGE_NOCACHE);',
  on: {
    map(event, report, _state, { profile }) {
      const { mapping } = event;
      if (!isIoSpace(mapping) || !mapping.executable) return;
      const chosen = mapping.service === 'MmMapIoSpaceEx';
      if (!chosen && profile !== 'verifier') return;
      const reason = chosen
        ? 'C30030, asked for by Protect'
        : 'C30029, as this function always does';
      report(event, { ...mappingFacts(mapping), reason }, { mapping });
    },
  },
});
