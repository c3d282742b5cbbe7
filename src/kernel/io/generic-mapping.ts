/** IoGetFileObjectGenericMapping: what generic access rights mean for a file object. */
import { vaAdd } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { allocateForKernel } from '../ex/pool.ts';
import { part } from '../kernel.ts';
import { type Service, service } from '../service.ts';

/** FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE and FILE_ALL_ACCESS (wdm.h). */
const RIGHTS = [0x12_0089, 0x12_0116, 0x12_00a0, 0x1f_01ff];

const mapping = part((kernel) => {
  const at = allocateForKernel(kernel, RIGHTS.length * 4, 'IoGm');
  RIGHTS.forEach((right, i) => {
    kernel.mmu.write(vaAdd(at, i * 4), 4, BigInt(right));
  });
  return { at };
});

const IoGetFileObjectGenericMapping = service({
  name: 'IoGetFileObjectGenericMapping',
  doc: 'ntddk/nf-ntddk-iogetfileobjectgenericmapping',
  params: {},
  returns: 'pointer',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel) => mapping(kernel).at,
});

export const genericMappingServices: readonly Service[] = [IoGetFileObjectGenericMapping];
