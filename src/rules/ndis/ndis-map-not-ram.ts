/** NDIS-MAP-NOT-RAM: host memory given to NdisMMapIoSpace. */
import { rule } from '../rule.ts';
import { mapFault } from './call-fault.ts';
import { onEveryMap } from './calls.ts';
import { callFacts } from './words.ts';

export const ndisMapNotRam = rule({
  id: 'NDIS-MAP-NOT-RAM',
  severity: 'error',
  framework: 'ndis',
  summary: 'NdisMMapIoSpace maps memory of the device, never memory of the computer.',
  message: '{call} is memory of the computer, not of a device.',
  why: 'The page calls it a programming error: the range has to lie in the I/O space of the platform. Mapped uncached while the owner uses it cached, the memory shows two contents.',
  fix: 'Allocate shared memory with NdisMAllocateSharedMemory, which gives both addresses; firmware tables are read through the interfaces made for them.',
  limits: 'MmMapIoSpace takes locked memory; NdisMMapIoSpace takes none, locked or not.',
  doc: 'ndis/nf-ndis-ndismmapiospace',
  sources: ['ndis/nf-ndis-ndismmapiospace'],
  bad: `physical = MmGetPhysicalAddress(adapter->Ring);
status = NdisMMapIoSpace(&adapter->RingUncached, Handle, physical, RING_BYTES);`,
  good: 'NdisMAllocateSharedMemory(Handle, RING_BYTES, FALSE, &adapter->Ring, &adapter->RingPhysical);',
  on: onEveryMap((event, { profile }) =>
    mapFault(event, profile) === 'NDIS-MAP-NOT-RAM' ? callFacts(event.call) : null,
  ),
});
