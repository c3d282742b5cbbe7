/** Transfers: scatter/gather lists, adapter channels and map registers. */
import { bool, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { pool } from '../ex/pool.ts';
import { callForDevice } from '../io/devices.ts';
import { DEVICE_OBJECT } from '../io/layout.ts';
import type { Kernel } from '../kernel.ts';
import { HAL, type Service, service } from '../service.ts';
import type { DmaAdapter } from './dma-adapters.ts';
import { logicalAddress } from './dma-adapters.ts';
import { operationName } from './dma-layout.ts';
import { adapterAt } from './dma-services.ts';
import { allocateList, listBytes, mustReach, runsOf, writeList } from './scatter-gather.ts';

const BUFFER = {
  DmaAdapter: ptr('DMA_ADAPTER'),
  DeviceObject: ptr('DEVICE_OBJECT'),
  Mdl: ptr('MDL'),
  CurrentVa: ptr(),
  Length: u32,
  ExecutionRoutine: ptr('DRIVER_LIST_CONTROL'),
  Context: ptr(),
  WriteToDevice: bool,
} as const;

interface ListCall {
  readonly DeviceObject: Va;
  readonly ExecutionRoutine: Va;
  readonly Context: Va;
}

function* giveList(kernel: Kernel, call: ListCall, list: Va): Blocking<void> {
  const { DeviceObject, ExecutionRoutine, Context } = call;
  const { CurrentIrp } = DEVICE_OBJECT.at(kernel.mmu, DeviceObject);
  const args = [DeviceObject, CurrentIrp, list, Context];
  yield* callForDevice(kernel, ExecutionRoutine, args, 'AdapterListControl', DeviceObject);
}

const GetScatterGatherList = service({
  name: operationName('GetScatterGatherList'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pget_scatter_gather_list',
  params: BUFFER,
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  *run(kernel, args) {
    const adapter = adapterAt(kernel, args.DmaAdapter);
    const runs = runsOf(kernel, args.Mdl, args.CurrentVa, args.Length);
    mustReach(adapter, runs);
    const list = allocateList(kernel, adapter, runs);
    if (list === undefined) return STATUS.INSUFFICIENT_RESOURCES;
    yield* giveList(kernel, args, list);
    return STATUS.SUCCESS;
  },
});

const PutScatterGatherList = service({
  name: operationName('PutScatterGatherList'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pput_scatter_gather_list',
  params: {
    DmaAdapter: ptr('DMA_ADAPTER'),
    ScatterGather: ptr('SCATTER_GATHER_LIST'),
    WriteToDevice: bool,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { ScatterGather }) {
    pool(kernel).free(ScatterGather);
  },
});

const CalculateScatterGatherList = service({
  name: operationName('CalculateScatterGatherList'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pcalculate_scatter_gather_list_size',
  params: {
    DmaAdapter: ptr('DMA_ADAPTER'),
    Mdl: ptr('MDL'),
    CurrentVa: ptr(),
    Length: u32,
    ScatterGatherListSize: ptr('ULONG'),
    NumberOfMapRegisters: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: HIGH_LEVEL,
  run(kernel, args) {
    const pages = Math.ceil((Number(args.CurrentVa & 0xfffn) + args.Length) / 0x1000);
    kernel.mmu.write(args.ScatterGatherListSize, 4, BigInt(listBytes(pages)));
    if (args.NumberOfMapRegisters !== NULL)
      kernel.mmu.write(args.NumberOfMapRegisters, 4, BigInt(pages));
    return STATUS.SUCCESS;
  },
});

const BuildScatterGatherList = service({
  name: operationName('BuildScatterGatherList'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pbuild_scatter_gather_list',
  params: { ...BUFFER, ScatterGatherBuffer: ptr(), ScatterGatherBufferLength: u32 },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  *run(kernel, args) {
    const adapter = adapterAt(kernel, args.DmaAdapter);
    const runs = runsOf(kernel, args.Mdl, args.CurrentVa, args.Length);
    mustReach(adapter, runs);
    if (listBytes(runs.length) > args.ScatterGatherBufferLength) return STATUS.BUFFER_TOO_SMALL;
    writeList(kernel, adapter, args.ScatterGatherBuffer, runs);
    yield* giveList(kernel, args, args.ScatterGatherBuffer);
    return STATUS.SUCCESS;
  },
});

/** Without copying through other memory, the transfer's MDL is the original one. */
const BuildMdlFromScatterGatherList = service({
  name: operationName('BuildMdlFromScatterGatherList'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pbuild_mdl_from_scatter_gather_list',
  params: {
    DmaAdapter: ptr('DMA_ADAPTER'),
    ScatterGather: ptr('SCATTER_GATHER_LIST'),
    OriginalMdl: ptr('MDL'),
    TargetMdl: ptr('PMDL'),
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { OriginalMdl, TargetMdl }) {
    kernel.mmu.write(TargetMdl, 8, OriginalMdl);
    return STATUS.SUCCESS;
  },
});

/** IO_ALLOCATION_ACTION KeepObject: the adapter stays the driver's until IoFreeAdapterChannel. */
const KEEP_OBJECT = 1;

const AllocateAdapterChannel = service({
  name: operationName('AllocateAdapterChannel'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pallocate_adapter_channel',
  params: {
    DmaAdapter: ptr('DMA_ADAPTER'),
    DeviceObject: ptr('DEVICE_OBJECT'),
    NumberOfMapRegisters: u32,
    ExecutionRoutine: ptr('DRIVER_CONTROL'),
    Context: ptr(),
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  *run(kernel, args): Blocking<NtStatus> {
    const adapter = adapterAt(kernel, args.DmaAdapter);
    if (args.NumberOfMapRegisters > adapter.mapRegisters) return STATUS.INSUFFICIENT_RESOURCES;
    adapter.waiting.push({
      device: args.DeviceObject,
      routine: args.ExecutionRoutine,
      context: args.Context,
    });
    yield* serveWaiting(kernel, adapter);
    return STATUS.SUCCESS;
  },
});

function* serveWaiting(kernel: Kernel, adapter: DmaAdapter): Blocking<void> {
  while (!adapter.busy) {
    const next = adapter.waiting.shift();
    if (next === undefined) return;
    adapter.busy = true;
    const { CurrentIrp } = DEVICE_OBJECT.at(kernel.mmu, next.device);
    const args = [next.device, CurrentIrp, adapter.at, next.context];
    const action = yield* callForDevice(kernel, next.routine, args, 'AdapterControl', next.device);
    adapter.busy = Number(BigInt.asUintN(32, action)) === KEEP_OBJECT;
  }
}

const FreeAdapterChannel = service({
  name: operationName('FreeAdapterChannel'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pfree_adapter_channel',
  params: { DmaAdapter: ptr('DMA_ADAPTER') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { DmaAdapter: at }) {
    const adapter = adapterAt(kernel, at);
    adapter.busy = false;
    yield* serveWaiting(kernel, adapter);
  },
});

/** Map registers are never short: devices reach all RAM, so none are really used. */
const FreeMapRegisters = service({
  name: operationName('FreeMapRegisters'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pfree_map_registers',
  params: { DmaAdapter: ptr('DMA_ADAPTER'), MapRegisterBase: ptr(), NumberOfMapRegisters: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run() {},
});

const MapTransfer = service({
  name: operationName('MapTransfer'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pmap_transfer',
  params: {
    DmaAdapter: ptr('DMA_ADAPTER'),
    Mdl: ptr('MDL'),
    MapRegisterBase: ptr(),
    CurrentVa: ptr(),
    Length: ptr('ULONG'),
    WriteToDevice: bool,
  },
  returns: 'u64',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { DmaAdapter: at, Mdl, CurrentVa, Length }) {
    const adapter = adapterAt(kernel, at);
    const [first] = runsOf(kernel, Mdl, CurrentVa, kernel.mmu.u32(Length));
    if (first === undefined) return 0n;
    mustReach(adapter, [first]);
    kernel.mmu.write(Length, 4, BigInt(first.length));
    return BigInt(logicalAddress(adapter, first.physical));
  },
});

/** Nothing is held back on its way to or from memory. */
const FlushAdapterBuffers = service({
  name: operationName('FlushAdapterBuffers'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pflush_adapter_buffers',
  params: {
    DmaAdapter: ptr('DMA_ADAPTER'),
    Mdl: ptr('MDL'),
    MapRegisterBase: ptr(),
    CurrentVa: ptr(),
    Length: u32,
    WriteToDevice: bool,
  },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: () => true,
});

export const transferServices: readonly Service[] = [
  GetScatterGatherList,
  PutScatterGatherList,
  CalculateScatterGatherList,
  BuildScatterGatherList,
  BuildMdlFromScatterGatherList,
  AllocateAdapterChannel,
  FreeAdapterChannel,
  FreeMapRegisters,
  MapTransfer,
  FlushAdapterBuffers,
];
