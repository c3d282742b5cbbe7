/** WDM-COPY-IO: MmCopyMemory from device space. */
import { hex } from '../../units/address.ts';
import { rule } from '../rule.ts';

export const wdmCopyIo = rule({
  id: 'WDM-COPY-IO',
  severity: 'error',
  framework: 'wdm',
  summary: 'MmCopyMemory copies from RAM only; device memory needs a mapping.',
  message: 'MmCopyMemory was called for {length} bytes at physical {physical}, which is {backing}.',
  why: 'The call fails there, and a driver that does not look at the status goes on with an empty buffer.',
  fix: 'Map the range and read it with READ_REGISTER_BUFFER.',
  limits: 'None known.',
  doc: 'ntddk/nf-ntddk-mmcopymemory',
  sources: ['ntddk/nf-ntddk-mmcopymemory'],
  bad: `source.PhysicalAddress = ext->Start;
MmCopyMemory(buffer, source, size, MM_COPY_MEMORY_PHYSICAL, &copied);`,
  good: 'READ_REGISTER_BUFFER_ULONG(ext->Base, buffer, size / sizeof(ULONG));',
  on: {
    'copy-memory'(event, report) {
      const { backing, physical, length } = event;
      if (backing === 'ram') return;
      const what = backing === 'nothing' ? 'no memory at all' : 'device memory';
      report(event, { physical: hex(physical), length: hex(length), backing: what });
    },
  },
});
