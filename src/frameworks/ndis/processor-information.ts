/** NdisGetProcessorInformation: the topology as miniports of NDIS 6.0 and 6.1 ask for it, of at most 64 processors. */
import { allocateForKernel } from '../../kernel/ex/pool.ts';
import { part } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { array, ptr, struct, u32 } from '../../layout/struct.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { ndisService } from './ndis-service.ts';
import { HEADER } from './object-header.ts';

/** MAXIMUM_PROC_PER_GROUP, and the doublewords of an NDIS_PROCESSOR_INFO: number, package, core, thread. */
const MOST_PROCESSORS = 64;
const WORDS = 4;
const VENDOR_INTEL = 1;

export const SYSTEM_PROCESSOR_INFO = struct({
  name: 'NDIS_SYSTEM_PROCESSOR_INFO',
  size: { x64: 1072, x86: 1064 },
  fields: {
    Header: HEADER,
    Flags: u32,
    ProcessorVendor: u32,
    NumPhysicalPackages: u32,
    NumCores: u32,
    NumCoresPerPhysicalPackage: u32,
    MaxHyperThreadingCpusPerCore: u32,
    RssBaseCpu: u32,
    RssCpuCount: u32,
    RssProcessors: ptr('UCHAR'),
    CpuInfo: array(u32, MOST_PROCESSORS * WORDS),
  },
});

/** RssProcessors of whoever asks: processor 0, of which NDIS keeps one list. */
const rssProcessors = part((kernel) => ({ at: allocateForKernel(kernel, 1, 'NDrp') }));

const NdisGetProcessorInformation = ndisService({
  name: 'NdisGetProcessorInformation',
  params: { SystemProcessorInfo: ptr('NDIS_SYSTEM_PROCESSOR_INFO') },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { SystemProcessorInfo }) {
    const view = SYSTEM_PROCESSOR_INFO.at(kernel.mmu, SystemProcessorInfo);
    if (view.Header.Size < SYSTEM_PROCESSOR_INFO.bytes) return NDIS_STATUS.BUFFER_TOO_SHORT;
    view.Flags = 0;
    view.ProcessorVendor = VENDOR_INTEL;
    view.NumPhysicalPackages = 1;
    view.NumCores = 1;
    view.NumCoresPerPhysicalPackage = 1;
    view.MaxHyperThreadingCpusPerCore = 1;
    view.RssBaseCpu = 0;
    view.RssCpuCount = 1;
    view.RssProcessors = rssProcessors(kernel).at;
    kernel.mmu.fill(view.CpuInfo.address, MOST_PROCESSORS * WORDS * 4, 0);
    return NDIS_STATUS.SUCCESS;
  },
});

export const processorInformationServices: readonly Service[] = [NdisGetProcessorInformation];
