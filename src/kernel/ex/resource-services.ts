/** ExInitializeResourceLite, ExAcquireResourceExclusiveLite and their kin. */

import { bool, ptr, u32, u64 } from '../../layout/struct.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { alias, type Service, service } from '../service.ts';
import { ERESOURCE, resources, type SharedPolicy } from './resource.ts';

const Resource = ptr('ERESOURCE');
const thread = (kernel: Kernel): bigint => kernel.scheduler.currentThread;

const ExInitializeResourceLite = service({
  name: 'ExInitializeResourceLite',
  doc: 'wdm/nf-wdm-exinitializeresourcelite',
  params: { Resource },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, args) {
    resources(kernel).initialise(args.Resource);
    return STATUS.SUCCESS;
  },
});

const ExReinitializeResourceLite = service({
  name: 'ExReinitializeResourceLite',
  doc: 'wdm/nf-wdm-exreinitializeresourcelite',
  params: { Resource },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, args) {
    resources(kernel).initialise(args.Resource);
    return STATUS.SUCCESS;
  },
});

const ExDeleteResourceLite = service({
  name: 'ExDeleteResourceLite',
  doc: 'wdm/nf-wdm-exdeleteresourcelite',
  params: { Resource },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run(kernel, args) {
    resources(kernel).delete(args.Resource);
    return STATUS.SUCCESS;
  },
});

const ExAcquireResourceExclusiveLite = service({
  name: 'ExAcquireResourceExclusiveLite',
  doc: 'wdm/nf-wdm-exacquireresourceexclusivelite',
  params: { Resource, Wait: bool },
  returns: 'bool',
  maxIrql: APC_LEVEL,
  run: (kernel, args) =>
    resources(kernel).acquireExclusive(args.Resource, thread(kernel), args.Wait),
});

const shared = (name: string, doc: string, policy: SharedPolicy): Service =>
  service({
    name,
    doc,
    params: { Resource, Wait: bool },
    returns: 'bool',
    maxIrql: APC_LEVEL,
    run: (kernel, args) =>
      resources(kernel).acquireShared(args.Resource, thread(kernel), args.Wait, policy),
  });

const ExReleaseResourceLite = service({
  name: 'ExReleaseResourceLite',
  doc: 'wdm/nf-wdm-exreleaseresourcelite',
  params: { Resource },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => resources(kernel).release(args.Resource, thread(kernel)),
});

const ExReleaseResourceForThreadLite = service({
  name: 'ExReleaseResourceForThreadLite',
  doc: 'wdm/nf-wdm-exreleaseresourceforthreadlite',
  params: { Resource, ResourceThreadId: u64 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => resources(kernel).release(args.Resource, args.ResourceThreadId),
});

const ExEnterCriticalRegionAndAcquireResourceExclusive = service({
  name: 'ExEnterCriticalRegionAndAcquireResourceExclusive',
  doc: 'wdm/nf-wdm-exentercriticalregionandacquireresourceexclusive',
  params: { Resource },
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  *run(kernel, args) {
    yield* resources(kernel).acquireExclusive(args.Resource, thread(kernel), true);
    return thread(kernel);
  },
});

const ExEnterCriticalRegionAndAcquireResourceShared = service({
  name: 'ExEnterCriticalRegionAndAcquireResourceShared',
  doc: 'ntddk.h',
  params: { Resource },
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  *run(kernel, args) {
    yield* resources(kernel).acquireShared(args.Resource, thread(kernel), true, 'fair');
    return thread(kernel);
  },
});

const ExReleaseResourceAndLeaveCriticalRegion = service({
  name: 'ExReleaseResourceAndLeaveCriticalRegion',
  doc: 'wdm/nf-wdm-exreleaseresourceandleavecriticalregion',
  params: { Resource },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, args) => resources(kernel).release(args.Resource, thread(kernel)),
});

const ExConvertExclusiveToSharedLite = service({
  name: 'ExConvertExclusiveToSharedLite',
  doc: 'wdm/nf-wdm-exconvertexclusivetosharedlite',
  params: { Resource },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, args) => resources(kernel).toShared(args.Resource),
});

const ExIsResourceAcquiredExclusiveLite = service({
  name: 'ExIsResourceAcquiredExclusiveLite',
  doc: 'wdm/nf-wdm-exisresourceacquiredexclusivelite',
  params: { Resource },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => resources(kernel).ownsExclusive(args.Resource, thread(kernel)),
});

const ExIsResourceAcquiredSharedLite = service({
  name: 'ExIsResourceAcquiredSharedLite',
  doc: 'wdm/nf-wdm-exisresourceacquiredsharedlite',
  params: { Resource },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => resources(kernel).owns(args.Resource, thread(kernel)),
});

const ExGetExclusiveWaiterCount = service({
  name: 'ExGetExclusiveWaiterCount',
  doc: 'wdm/nf-wdm-exgetexclusivewaitercount',
  params: { Resource },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => ERESOURCE.at(kernel.mmu, args.Resource).NumberOfExclusiveWaiters,
});

const ExGetSharedWaiterCount = service({
  name: 'ExGetSharedWaiterCount',
  doc: 'wdm/nf-wdm-exgetsharedwaitercount',
  params: { Resource },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => ERESOURCE.at(kernel.mmu, args.Resource).NumberOfSharedWaiters,
});

const ExSetResourceOwnerPointer = service({
  name: 'ExSetResourceOwnerPointer',
  doc: 'wdm/nf-wdm-exsetresourceownerpointer',
  params: { Resource, OwnerPointer: ptr() },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) =>
    resources(kernel).setOwner(args.Resource, thread(kernel), args.OwnerPointer),
});

const ExSetResourceOwnerPointerEx = service({
  name: 'ExSetResourceOwnerPointerEx',
  doc: 'wdm/nf-wdm-exsetresourceownerpointerex',
  params: { Resource, OwnerPointer: ptr(), Flags: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) =>
    resources(kernel).setOwner(args.Resource, thread(kernel), args.OwnerPointer),
});

/** Priority boosts do not exist here, so there is nothing to switch off. */
const ExDisableResourceBoostLite = service({
  name: 'ExDisableResourceBoostLite',
  doc: 'ntifs/nf-ntifs-exdisableresourceboostlite',
  params: { Resource },
  returns: 'void',
  run() {},
});

export const resourceServices: readonly Service[] = [
  ExInitializeResourceLite,
  ExReinitializeResourceLite,
  ExDeleteResourceLite,
  ExAcquireResourceExclusiveLite,
  shared('ExAcquireResourceSharedLite', 'wdm/nf-wdm-exacquireresourcesharedlite', 'fair'),
  shared(
    'ExAcquireSharedStarveExclusive',
    'wdm/nf-wdm-exacquiresharedstarveexclusive',
    'starve-exclusive',
  ),
  shared(
    'ExAcquireSharedWaitForExclusive',
    'wdm/nf-wdm-exacquiresharedwaitforexclusive',
    'wait-for-exclusive',
  ),
  ExReleaseResourceLite,
  ExReleaseResourceForThreadLite,
  ExEnterCriticalRegionAndAcquireResourceExclusive,
  ExEnterCriticalRegionAndAcquireResourceShared,
  ExReleaseResourceAndLeaveCriticalRegion,
  ExConvertExclusiveToSharedLite,
  ExIsResourceAcquiredExclusiveLite,
  alias('ExIsResourceAcquiredLite', ExIsResourceAcquiredSharedLite),
  ExIsResourceAcquiredSharedLite,
  ExGetExclusiveWaiterCount,
  ExGetSharedWaiterCount,
  ExSetResourceOwnerPointer,
  ExSetResourceOwnerPointerEx,
  ExDisableResourceBoostLite,
];
