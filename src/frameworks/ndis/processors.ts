/** Processors and uptime, as miniports ask NDIS for them: there is one of each. */
import type { Service } from '../../kernel/service.ts';
import { ptr, struct, u16, u32 } from '../../layout/struct.ts';
import { NULL, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { STATUS } from '../../units/status.ts';
import { TICKS_PER_MS } from '../../units/ticks.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { HEADER, OBJECT, setHeader } from './object-header.ts';

const PROCESSORS = 1;
const ONLY_PROCESSOR_MASK = 1n;
const INVALID_INDEX = 0xffff_ffff;

const count = (
  name: string,
  params: Record<string, typeof u16> = {},
  group = false,
  maxIrql = HIGH_LEVEL,
): Service =>
  ndisService({
    name,
    params,
    returns: 'u32',
    maxIrql,
    run: (_kernel, args) =>
      group && args.Group !== 0 && args.Group !== ALL_GROUPS ? 0 : PROCESSORS,
  });

/** ALL_PROCESSOR_GROUPS. */
const ALL_GROUPS = 0xffff;
const inGroup = { Group: u16 };

const NdisSystemActiveProcessorCount = ndisService({
  name: 'NdisSystemActiveProcessorCount',
  params: { ActiveProcessors: ptr('KAFFINITY') },
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run(kernel, { ActiveProcessors }) {
    if (ActiveProcessors !== NULL) kernel.mmu.write(ActiveProcessors, 8, ONLY_PROCESSOR_MASK);
    return PROCESSORS;
  },
});

const NdisGroupActiveProcessorMask = ndisService({
  name: 'NdisGroupActiveProcessorMask',
  params: inGroup,
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run: (_kernel, { Group }) => (Group === 0 ? ONLY_PROCESSOR_MASK : 0n),
});

/** PROCESSOR_NUMBER comes back in RAX: group, number and reserved, all zero. */
const NdisCurrentGroupAndProcessor = ndisService({
  name: 'NdisCurrentGroupAndProcessor',
  params: {},
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run: () => 0,
});

const NdisCurrentProcessorIndex = ndisService({
  name: 'NdisCurrentProcessorIndex',
  params: {},
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run: () => 0,
});

const NdisProcessorIndexToNumber = ndisService({
  name: 'NdisProcessorIndexToNumber',
  doc: 'ndis.h',
  params: { ProcIndex: u32, ProcNum: ptr('PROCESSOR_NUMBER') },
  returns: 'status',
  maxIrql: HIGH_LEVEL,
  run(kernel, { ProcIndex, ProcNum }) {
    if (ProcIndex >= PROCESSORS) return STATUS.INVALID_PARAMETER;
    kernel.mmu.write(ProcNum, 4, 0n);
    return STATUS.SUCCESS;
  },
});

const NdisProcessorNumberToIndex = ndisService({
  name: 'NdisProcessorNumberToIndex',
  doc: 'ndis.h',
  params: { ProcNum: u32 },
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run: (_kernel, { ProcNum }) => ((ProcNum & 0xff_ffff) === 0 ? 0 : INVALID_INDEX),
});

const NdisGetCurrentProcessorCounts = ndisService({
  name: 'NdisGetCurrentProcessorCounts',
  params: { pIdleCount: ptr('ULONG'), pKernelAndUser: ptr('ULONG'), pIndex: ptr('ULONG') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { pIdleCount, pKernelAndUser, pIndex }) {
    kernel.mmu.write(pIdleCount, 4, 0n);
    kernel.mmu.write(pKernelAndUser, 4, BigInt.asUintN(32, kernel.clock.now / TICKS_PER_MS));
    kernel.mmu.write(pIndex, 4, 0n);
  },
});

const NdisGetCurrentProcessorCpuUsage = ndisService({
  name: 'NdisGetCurrentProcessorCpuUsage',
  params: { pCpuUsage: ptr('ULONG') },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { pCpuUsage }) => kernel.mmu.write(pCpuUsage, 4, 0n),
});

const uptime = (name: string, bytes: 4 | 8, doc?: string): Service =>
  ndisService({
    name,
    ...(doc === undefined ? {} : { doc }),
    params: { pSystemUpTime: ptr(bytes === 8 ? 'LARGE_INTEGER' : 'ULONG') },
    returns: 'void',
    maxIrql: HIGH_LEVEL,
    run(kernel, { pSystemUpTime }) {
      const ms = kernel.clock.now / TICKS_PER_MS;
      kernel.mmu.write(pSystemUpTime, bytes, BigInt.asUintN(bytes * 8, ms));
    },
  });

const SYSTEM_INFO = struct({
  name: 'NDIS_SYSTEM_PROCESSOR_INFO_EX',
  size: { x64: 40, x86: 40 },
  fields: {
    Header: HEADER,
    Flags: u32,
    ProcessorVendor: u32,
    NumSockets: u32,
    NumCores: u32,
    NumCoresPerSocket: u32,
    MaxHyperThreadingProcsPerCore: u32,
    ProcessorInfoOffset: u32,
    NumberOfProcessors: u32,
    ProcessorInfoEntrySize: u32,
  },
});
/** NDIS_PROCESSOR_INFO_EX of processor 0: all zero. */
const PROCESSOR_INFO_BYTES = 20;
const VENDOR_INTEL = 1;

const NdisGetProcessorInformationEx = ndisService({
  name: 'NdisGetProcessorInformationEx',
  params: {
    NdisHandle: ndisHandle,
    SystemProcessorInfo: ptr('NDIS_SYSTEM_PROCESSOR_INFO_EX'),
    Size: ptr('SIZE_T'),
  },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { SystemProcessorInfo, Size }) {
    const needed = SYSTEM_INFO.bytes + PROCESSOR_INFO_BYTES;
    const given = kernel.mmu.u64(Size);
    kernel.mmu.write(Size, 8, BigInt(needed));
    if (given < BigInt(needed)) return NDIS_STATUS.BUFFER_TOO_SHORT;
    kernel.mmu.fill(SystemProcessorInfo, needed, 0);
    setHeader(kernel, SystemProcessorInfo, OBJECT.DEFAULT, 1, SYSTEM_INFO.bytes);
    const view = SYSTEM_INFO.at(kernel.mmu, SystemProcessorInfo);
    view.ProcessorVendor = VENDOR_INTEL;
    view.NumSockets = 1;
    view.NumCores = 1;
    view.NumCoresPerSocket = 1;
    view.MaxHyperThreadingProcsPerCore = 1;
    view.ProcessorInfoOffset = SYSTEM_INFO.bytes;
    view.NumberOfProcessors = PROCESSORS;
    view.ProcessorInfoEntrySize = PROCESSOR_INFO_BYTES;
    return NDIS_STATUS.SUCCESS;
  },
});

/** NDIS_RSS_PROCESSOR_INFO, revision 2, with one NDIS_RSS_PROCESSOR behind it. */
const RSS_INFO_BYTES = 40;
const RSS_PROCESSOR_BYTES = 8;
const RSS_FIELDS = { maximum: 12, offset: 20, count: 24, entryBytes: 28 } as const;

const NdisGetRssProcessorInformation = ndisService({
  name: 'NdisGetRssProcessorInformation',
  params: {
    NdisHandle: ndisHandle,
    RssProcessorInfo: ptr('NDIS_RSS_PROCESSOR_INFO'),
    Size: ptr('SIZE_T'),
  },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { RssProcessorInfo, Size }) {
    const needed = RSS_INFO_BYTES + RSS_PROCESSOR_BYTES;
    const given = kernel.mmu.u64(Size);
    kernel.mmu.write(Size, 8, BigInt(needed));
    if (given < BigInt(needed)) return NDIS_STATUS.BUFFER_TOO_SHORT;
    kernel.mmu.fill(RssProcessorInfo, needed, 0);
    setHeader(kernel, RssProcessorInfo, OBJECT.RSS_PROCESSOR_INFO, 2, RSS_INFO_BYTES);
    const put = (offset: number, value: number): void =>
      kernel.mmu.write(vaAdd(RssProcessorInfo, offset), 4, BigInt(value));
    put(RSS_FIELDS.maximum, PROCESSORS);
    put(RSS_FIELDS.offset, RSS_INFO_BYTES);
    put(RSS_FIELDS.count, PROCESSORS);
    put(RSS_FIELDS.entryBytes, RSS_PROCESSOR_BYTES);
    return NDIS_STATUS.SUCCESS;
  },
});

/** No hypervisor is there. */
const NdisGetHypervisorInfo = ndisService({
  name: 'NdisGetHypervisorInfo',
  params: { HypervisorInfo: ptr('NDIS_HYPERVISOR_INFO') },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { HypervisorInfo }) {
    kernel.mmu.write(vaAdd(HypervisorInfo, 4), 8, 0n);
    return NDIS_STATUS.SUCCESS;
  },
});

export const processorServices: readonly Service[] = [
  count('NdisSystemProcessorCount', {}, false, PASSIVE_LEVEL),
  count('NdisGroupActiveProcessorCount', inGroup, true),
  count('NdisGroupMaxProcessorCount', inGroup, true),
  count('NdisActiveGroupCount'),
  count('NdisMaxGroupCount'),
  NdisSystemActiveProcessorCount,
  NdisGroupActiveProcessorMask,
  NdisCurrentGroupAndProcessor,
  NdisCurrentProcessorIndex,
  NdisProcessorIndexToNumber,
  NdisProcessorNumberToIndex,
  NdisGetCurrentProcessorCounts,
  NdisGetCurrentProcessorCpuUsage,
  uptime('NdisGetSystemUpTimeEx', 8),
  uptime('NdisGetSystemUpTime', 4, 'ndis.h'),
  NdisGetProcessorInformationEx,
  NdisGetRssProcessorInformation,
  NdisGetHypervisorInfo,
];
