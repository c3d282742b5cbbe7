/** Where the sources of the rules disagree, and what the rules make of it. */

export interface Disagreement {
  readonly about: string;
  readonly sources: string;
  readonly decision: string;
}

export const DISAGREEMENTS: readonly Disagreement[] = [
  {
    about: 'IRQL of MmUnmapIoSpace',
    sources:
      'The function page allows DISPATCH_LEVEL; Driver Verifier stops above APC_LEVEL (0xC4 0x7B).',
    decision:
      'WDM-UNMAP-IRQL: DISPATCH_LEVEL in profile documented, APC_LEVEL in profile verifier.',
  },
  {
    about: 'Release at SURPRISE_REMOVAL',
    sources:
      'The page of MmUnmapIoSpace names stop and remove only; the pages on starting a function driver and on surprise removal oblige.',
    decision: 'WDM-UNMAP-SURPRISE: an error in every profile.',
  },
  {
    about: 'MmMapIoSpace or MmMapIoSpaceEx',
    sources:
      'The driver-model pages say that a driver must call MmMapIoSpace; C30029 tells it to stop.',
    decision: 'WDM-MAP-NX: MmMapIoSpace itself is reported in profile verifier only.',
  },
  {
    about: 'The release of what MmMapIoSpaceEx made',
    sources:
      'The page of MmUnmapIoSpace speaks of MmMapIoSpace only; that of MmMapIoSpaceEx refers to it.',
    decision: 'WDM-UNMAP-TWIN: MmUnmapIoSpace releases both.',
  },
  {
    about: 'Locked pages',
    sources:
      'The obligation stands on the page of MmMapIoSpace and in 0xC4 0x83, not on that of MmMapIoSpaceEx.',
    decision:
      'WDM-MAP-LOCKED: both functions in every profile, since the memory manager checks pages, not callers.',
  },
  {
    about: 'Mapping RAM at all',
    sources:
      'MmMapIoSpace takes locked RAM; NDIS calls mapping host memory a programming error; VideoPort maps frame buffers in RAM so.',
    decision: 'WDM-MAP-LOCKED lets locked RAM pass; each framework has its own rule.',
  },
  {
    about: 'The test for NULL',
    sources:
      'The page says that NULL means failure; the annotation in the header makes code analysis call the test redundant.',
    decision: 'WDM-MAP-NULL follows the page.',
  },
  {
    about: 'CmResourceTypeMemoryLarge',
    sources:
      'The mapping pages speak of CmResourceTypeMemory; only the page of the descriptor knows the large kind.',
    decision: 'WDM-MAP-LARGE, and both kinds count as memory everywhere.',
  },
  {
    about: 'Failures that Driver Verifier injects',
    sources:
      'MmMapIoSpace stands in the list of Low Resources Simulation, MmMapIoSpaceEx does not.',
    decision: 'Both may fail, as their pages say.',
  },
  {
    about: 'MmFreeContiguousMemory',
    sources: 'One page asks for DISPATCH_LEVEL exactly, the other for DISPATCH_LEVEL or below.',
    decision: 'No rule: it is not a mapping service.',
  },
];
