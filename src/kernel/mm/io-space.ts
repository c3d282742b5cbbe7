/** MmMapIoSpace, MmMapIoSpaceEx and MmUnmapIoSpace. */
import { memoryCachingType } from '../../layout/named.ts';
import { i64, ptr, sizeT, u32 } from '../../layout/struct.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { service } from '../service.ts';
import { cacheTypeOf, isProtection, PAGE, protectionOf } from './cache-type.ts';
import { mapIoSpace, unmapIoSpace } from './map-io.ts';

const isIoSpaceProtection = (protect: number): boolean =>
  isProtection(protect) && protect !== PAGE.NOACCESS;

/** Always executable: that it cannot be asked not to be is why the Ex form exists. */
export const MmMapIoSpace = service({
  name: 'MmMapIoSpace',
  doc: 'wdm/nf-wdm-mmmapiospace',
  params: { PhysicalAddress: i64, NumberOfBytes: sizeT, CacheType: memoryCachingType },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run: (kernel, { PhysicalAddress, NumberOfBytes, CacheType }) =>
    mapIoSpace(kernel, {
      framework: 'wdm',
      service: 'MmMapIoSpace',
      physical: PhysicalAddress,
      length: NumberOfBytes,
      cacheType: cacheTypeOf(CacheType),
      rawType: CacheType,
      writable: true,
      executable: true,
    })?.facts.virtual,
});

export const MmMapIoSpaceEx = service({
  name: 'MmMapIoSpaceEx',
  doc: 'wdm/nf-wdm-mmmapiospaceex',
  params: { PhysicalAddress: i64, NumberOfBytes: sizeT, Protect: u32 },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run: (kernel, { PhysicalAddress, NumberOfBytes, Protect }) =>
    mapIoSpace(kernel, {
      framework: 'wdm',
      service: 'MmMapIoSpaceEx',
      physical: PhysicalAddress,
      length: NumberOfBytes,
      rawType: Protect,
      ...protectionOf(Protect),
      ...(isIoSpaceProtection(Protect) ? {} : { refusal: 'Protect is no page protection' }),
    })?.facts.virtual,
});

export const MmUnmapIoSpace = service({
  name: 'MmUnmapIoSpace',
  doc: 'wdm/nf-wdm-mmunmapiospace',
  params: { BaseAddress: ptr(), NumberOfBytes: sizeT },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { BaseAddress, NumberOfBytes }) =>
    unmapIoSpace(kernel, 'wdm', 'MmUnmapIoSpace', BaseAddress, NumberOfBytes),
});

export const ioSpaceServices = [MmMapIoSpace, MmMapIoSpaceEx, MmUnmapIoSpace];
