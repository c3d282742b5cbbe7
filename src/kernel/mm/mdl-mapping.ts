/** MmMapLockedPages, MmMapLockedPagesSpecifyCache and MmUnmapLockedPages. */
import { memoryCachingType } from '../../layout/named.ts';
import { ptr, u8, u32 } from '../../layout/struct.ts';
import { HIGHEST_USER_ADDRESS } from '../../memory/address-map.ts';
import { NULL, type Va } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL, type Irql } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { bugCheck } from '../end.ts';
import { raiseStatus } from '../ke/raise.ts';
import type { Kernel } from '../kernel.ts';
import { service } from '../service.ts';
import { type MdlRequest, mapMdl, unmapMdl } from './map-mdl.ts';
import { mdlAt, mdlPages, USER_MODE } from './mdl.ts';
import { wishedBase } from './wished-base.ts';

const NO_MORE_SYSTEM_PTES = 0x3f;
/** Flags in the Priority argument (wdm.h, since Windows 8). */
const MdlMappingNoWrite = 0x8000_0000;
const MdlMappingNoExecute = 0x4000_0000;
const MM_CACHED = 1;

const irqlOfMode = (_kernel: Kernel, { AccessMode }: { readonly AccessMode: number }): Irql =>
  AccessMode === USER_MODE ? APC_LEVEL : DISPATCH_LEVEL;

/** Failure is NULL, a bug check or an exception, by mode and wish. */
function* mapOrFail(kernel: Kernel, request: MdlRequest, bugChecks: boolean): Blocking<Va> {
  const mapping = mapMdl(kernel, request);
  if (mapping !== undefined) return mapping.facts.virtual;
  if (request.accessMode === 'user') {
    yield* raiseStatus(
      kernel,
      request.refusal === undefined ? STATUS.INSUFFICIENT_RESOURCES : STATUS.CONFLICTING_ADDRESSES,
    );
  }
  const pages = mdlPages(mdlAt(kernel, request.mdl));
  if (bugChecks) bugCheck(NO_MORE_SYSTEM_PTES, [0n, BigInt(pages)], request.service);
  return NULL;
}

const MmMapLockedPages = service({
  name: 'MmMapLockedPages',
  doc: 'wdm/nf-wdm-mmmaplockedpages',
  params: { MemoryDescriptorList: ptr('MDL'), AccessMode: u8 },
  returns: 'pointer',
  maxIrql: irqlOfMode,
  run: (kernel, { MemoryDescriptorList, AccessMode }) =>
    mapOrFail(
      kernel,
      {
        service: 'MmMapLockedPages',
        mdl: MemoryDescriptorList,
        accessMode: AccessMode === USER_MODE ? 'user' : 'kernel',
        cacheType: MM_CACHED,
        writable: true,
        executable: AccessMode !== USER_MODE,
        bugCheckOnFailure: false,
      },
      true,
    ),
});

const MmMapLockedPagesSpecifyCache = service({
  name: 'MmMapLockedPagesSpecifyCache',
  doc: 'wdm/nf-wdm-mmmaplockedpagesspecifycache',
  params: {
    MemoryDescriptorList: ptr('MDL'),
    AccessMode: u8,
    CacheType: memoryCachingType,
    RequestedAddress: ptr(),
    BugCheckOnFailure: u32,
    Priority: u32,
  },
  returns: 'pointer',
  maxIrql: irqlOfMode,
  mayFail: ['null'],
  run(kernel, args) {
    const { MemoryDescriptorList: mdl, AccessMode, Priority } = args;
    const user = AccessMode === USER_MODE;
    const bugCheckOnFailure = args.BugCheckOnFailure !== 0;
    return mapOrFail(
      kernel,
      {
        service: 'MmMapLockedPagesSpecifyCache',
        mdl,
        accessMode: user ? 'user' : 'kernel',
        cacheType: args.CacheType,
        writable: (Priority & MdlMappingNoWrite) === 0,
        executable: !user && (Priority & MdlMappingNoExecute) === 0,
        bugCheckOnFailure,
        ...(user ? wishedBase(kernel, args.RequestedAddress, mdlPages(mdlAt(kernel, mdl))) : {}),
      },
      bugCheckOnFailure,
    );
  },
});

const MmUnmapLockedPages = service({
  name: 'MmUnmapLockedPages',
  doc: 'wdm/nf-wdm-mmunmaplockedpages',
  params: { BaseAddress: ptr(), MemoryDescriptorList: ptr('MDL') },
  returns: 'void',
  maxIrql: (_kernel, { BaseAddress }) =>
    BaseAddress <= HIGHEST_USER_ADDRESS ? APC_LEVEL : DISPATCH_LEVEL,
  run: (kernel, { BaseAddress, MemoryDescriptorList }) =>
    unmapMdl(kernel, {
      service: 'MmUnmapLockedPages',
      base: BaseAddress,
      mdl: MemoryDescriptorList,
      twins: ['MmMapLockedPages', 'MmMapLockedPagesSpecifyCache'],
    }),
});

export const mdlMappingServices = [
  MmMapLockedPages,
  MmMapLockedPagesSpecifyCache,
  MmUnmapLockedPages,
];
