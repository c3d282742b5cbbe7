/** PHYS-WX: a section view or MDL mapping that may be executed. */
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';

export const physWx = rule({
  id: 'PHYS-WX',
  severity: 'error',
  framework: 'wdm',
  summary: 'Section views and MDL mappings are made without the right to execute.',
  message: '{mapping} made an executable {what}.',
  why: 'Writable and executable kernel memory is what an attacker needs; hypervisor-protected code integrity refuses it, and Driver Verifier stops with 0xC4 0x2001 or 0x2002.',
  fix: 'Map views with PAGE_READWRITE, and add MdlMappingNoExecute to the priority of MDL mappings.',
  limits:
    'An MDL mapping is executable unless the driver says otherwise, as all were before Windows 8; only code analysis objects. Profile `documented` therefore reports section views alone, profile `verifier` both.',
  doc: 'devtest/30030-parameter-indicates-executable-memory',
  sources: [
    'devtest/30030-parameter-indicates-executable-memory',
    'driversecurity/implement-hvci-compatible-code',
  ],
  bad: 'va = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);',
  good: 'va = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority | MdlMappingNoExecute);',
  on: {
    map(event, report, _state, { profile }) {
      const { mapping } = event;
      const section = mapping.origin === 'section';
      if (mapping.framework !== 'wdm' || !mapping.executable) return;
      if (!section && (mapping.origin !== 'mdl' || profile !== 'verifier')) return;
      if (mapping.space === 'user' && !section) return;
      const what = section ? 'section view' : 'MDL mapping';
      report(event, { ...mappingFacts(mapping), what }, { mapping });
    },
  },
});
