/** Files that a miniport loads, such as firmware: there is no file system here, so none is found. */
import type { Service } from '../../kernel/service.ts';
import { ptr, u64 } from '../../layout/struct.ts';
import { NULL } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';

const NdisOpenFile = ndisService({
  name: 'NdisOpenFile',
  params: {
    Status: ptr('NDIS_STATUS'),
    FileHandle: ptr('NDIS_HANDLE'),
    FileLength: ptr('UINT'),
    FileName: ptr('NDIS_STRING'),
    HighestAcceptableAddress: u64,
  },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { Status, FileHandle, FileLength }) {
    kernel.mmu.write(FileHandle, 8, NULL);
    kernel.mmu.write(FileLength, 4, 0n);
    kernel.mmu.write(Status, 4, BigInt(NDIS_STATUS.FILE_NOT_FOUND));
  },
});

const NdisMapFile = ndisService({
  name: 'NdisMapFile',
  params: { Status: ptr('NDIS_STATUS'), MappedBuffer: ptr('PVOID'), FileHandle: ndisHandle },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Status, MappedBuffer }) {
    tellMisuse(kernel, 'NdisMapFile', 'wrong-handle');
    kernel.mmu.write(MappedBuffer, 8, NULL);
    kernel.mmu.write(Status, 4, BigInt(NDIS_STATUS.FAILURE));
  },
});

/** No file was opened, so every handle is a wrong one. */
const misused = (name: string, maxIrql: number): Service =>
  ndisService({
    name,
    params: { FileHandle: ndisHandle },
    returns: 'void',
    maxIrql,
    run: (kernel) => tellMisuse(kernel, name, 'wrong-handle'),
  });

export const fileServices: readonly Service[] = [
  NdisOpenFile,
  NdisMapFile,
  misused('NdisUnmapFile', PASSIVE_LEVEL),
  misused('NdisCloseFile', PASSIVE_LEVEL),
];
