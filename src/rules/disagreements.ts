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
  {
    about: 'Unmapping when a miniport is unloaded',
    sources:
      'The page of NdisMMapIoSpace speaks of releasing the range when the driver is unloading; that of NdisMUnmapIoSpace admits MiniportInitializeEx and MiniportHaltEx only.',
    decision:
      'NDIS-UNMAP-PLACE and NDIS-UNMAP-HALT follow the latter: MiniportDriverUnload is too late in every profile.',
  },
  {
    about: 'Where ports are registered',
    sources:
      'The page of NdisMRegisterIoPortRange names MiniportInitializeEx; the rule of Static Driver Verifier accepts MiniportAddDevice too.',
    decision:
      'NDIS-PORT-REGISTER-PLACE: MiniportInitializeEx alone in profile documented, both in profile verifier.',
  },
  {
    about: 'What MiniportShutdownEx may do',
    sources:
      'Its page allows NDIS calls and does not rule out releasing memory at power-off, and limits both for a bug check; the guide allows neither at any time; the page of NdisMUnmapIoSpace admits two other routines.',
    decision:
      'NDIS-SHUTDOWN-NOFREE: no mapping is released for either reason; other NDIS calls are judged for a bug check only, by their documented IRQL.',
  },
  {
    about: 'The address given to NdisMMapIoSpace',
    sources:
      'Its page calls the address bus-relative and derives it from the registry or configuration calls; the pages on initialization hand over a resource list; none says which form of the resources is meant.',
    decision: 'NDIS-MAP-BUSREL takes the bus-relative form, and NDIS translates it.',
  },
  {
    about: 'Ports after deregistration',
    sources:
      'The last remark of the page of NdisMDeregisterIoPortRange names NdisMRegisterIoPortRange.',
    decision: 'NDIS-PORT-AFTER-DEREG reads it as the function of that page.',
  },
  {
    about: 'NdisMMapIoSpace outside initialization',
    sources:
      'The function page says that only MiniportInitializeEx calls it; the page of the Static Driver Verifier rule that a driver should call it from there.',
    decision: 'NDIS-MAP-INIT-ONLY: an error in profile documented, a warning in profile verifier.',
  },
  {
    about: 'NdisMoveMappedMemory',
    sources: 'Other pages refer to it; among the pages of NDIS 6 it has none of its own.',
    decision: 'NDIS-ACC-MEMFN judges what every copying function reaches, not which one it is.',
  },
];
