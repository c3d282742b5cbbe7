/** MmMapVideoDisplay and MmUnmapVideoDisplay: MmMapIoSpace for frame buffers, of the time before WDDM. */
import { memoryCachingType } from '../../layout/named.ts';
import { i64, ptr, sizeT } from '../../layout/struct.ts';
import { APC_LEVEL } from '../../units/irql.ts';
import { service } from '../service.ts';
import { cacheTypeOf } from './cache-type.ts';
import { mapIoSpace, unmapIoSpace } from './map-io.ts';

const MmMapVideoDisplay = service({
  name: 'MmMapVideoDisplay',
  doc: 'ntddk.h',
  params: { PhysicalAddress: i64, NumberOfBytes: sizeT, CacheType: memoryCachingType },
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  mayFail: ['null'],
  run: (kernel, { PhysicalAddress, NumberOfBytes, CacheType }) =>
    mapIoSpace(kernel, {
      framework: 'wdm',
      service: 'MmMapVideoDisplay',
      physical: PhysicalAddress,
      length: NumberOfBytes,
      cacheType: cacheTypeOf(CacheType),
      rawType: CacheType,
      writable: true,
      executable: true,
    })?.facts.virtual,
});

const MmUnmapVideoDisplay = service({
  name: 'MmUnmapVideoDisplay',
  doc: 'ntddk.h',
  params: { BaseAddress: ptr(), NumberOfBytes: sizeT },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, { BaseAddress, NumberOfBytes }) =>
    unmapIoSpace(kernel, 'wdm', 'MmUnmapVideoDisplay', BaseAddress, NumberOfBytes),
});

export const videoDisplayServices = [MmMapVideoDisplay, MmUnmapVideoDisplay];
