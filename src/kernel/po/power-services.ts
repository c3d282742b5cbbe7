/** Power: PoRequestPowerIrp, PoCallDriver, PoSetPowerState and their kin. */
import { ptr, u8, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import { callDriver } from '../io/call-driver.ts';
import { IRP_MN_POWER as MN } from '../io/function-codes.ts';
import { part } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { requestPowerIrp } from './power-manager.ts';

const REQUESTABLE: ReadonlySet<number> = new Set([MN.WAIT_WAKE, MN.SET_POWER, MN.QUERY_POWER]);

const PoRequestPowerIrp = service({
  name: 'PoRequestPowerIrp',
  doc: 'wdm/nf-wdm-porequestpowerirp',
  params: {
    DeviceObject: ptr('DEVICE_OBJECT'),
    MinorFunction: u8,
    PowerState: u32,
    CompletionFunction: ptr('REQUEST_POWER_COMPLETE'),
    Context: ptr(),
    Irp: ptr('PIRP'),
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, args) {
    if (!REQUESTABLE.has(args.MinorFunction)) return STATUS.INVALID_PARAMETER_2;
    const irp = requestPowerIrp(kernel, {
      device: args.DeviceObject,
      minor: args.MinorFunction,
      state: args.PowerState,
      completion: args.CompletionFunction,
      context: args.Context,
    });
    if (irp === undefined) return STATUS.INSUFFICIENT_RESOURCES;
    if (args.Irp !== NULL) kernel.mmu.write(args.Irp, 8, irp);
    return STATUS.PENDING;
  },
});

/** Like IofCallDriver since Windows Vista. */
const PoCallDriver = service({
  name: 'PoCallDriver',
  doc: 'wdm/nf-wdm-pocalldriver',
  params: { DeviceObject: ptr('DEVICE_OBJECT'), Irp: ptr('IRP') },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  passesExceptions: true,
  *run(kernel, { DeviceObject, Irp }) {
    return yield* callDriver(kernel, DeviceObject, Irp);
  },
});

/** Without effect since Windows Vista. */
const PoStartNextPowerIrp = service({
  name: 'PoStartNextPowerIrp',
  doc: 'wdm/nf-wdm-postartnextpowerirp',
  params: { Irp: ptr('IRP') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run() {},
});

/** States that drivers have told of, by device object; a device starts in D0. */
const reported = part(() => new Map<Va, number>());
const POWER_DEVICE_D0 = 1;

const PoSetPowerState = service({
  name: 'PoSetPowerState',
  doc: 'wdm/nf-wdm-posetpowerstate',
  params: { DeviceObject: ptr('DEVICE_OBJECT'), Type: u32, State: u32 },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { DeviceObject, State }) {
    const before = reported(kernel).get(DeviceObject) ?? POWER_DEVICE_D0;
    reported(kernel).set(DeviceObject, State);
    return before;
  },
});

/** The counter that PoSetDeviceBusy writes; the system never idles a device here. */
const PoRegisterDeviceForIdleDetection = service({
  name: 'PoRegisterDeviceForIdleDetection',
  doc: 'wdm/nf-wdm-poregisterdeviceforidledetection',
  params: {
    DeviceObject: ptr('DEVICE_OBJECT'),
    ConservationIdleTime: u32,
    PerformanceIdleTime: u32,
    State: u32,
  },
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  mayFail: ['null'],
  run(kernel, { ConservationIdleTime, PerformanceIdleTime }) {
    if (ConservationIdleTime === 0 && PerformanceIdleTime === 0) return NULL;
    return allocateForKernel(kernel, 8, 'PoIc');
  },
});

const PoSetSystemState = service({
  name: 'PoSetSystemState',
  doc: 'wdm/nf-wdm-posetsystemstate',
  params: { Flags: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run() {},
});

const PoRegisterSystemState = service({
  name: 'PoRegisterSystemState',
  doc: 'wdm/nf-wdm-poregistersystemstate',
  params: { StateHandle: ptr(), Flags: u32 },
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  mayFail: ['null'],
  run: (kernel, { StateHandle }) =>
    StateHandle === NULL ? allocateForKernel(kernel, 8, 'PoSs') : StateHandle,
});

const PoUnregisterSystemState = service({
  name: 'PoUnregisterSystemState',
  doc: 'wdm/nf-wdm-pounregistersystemstate',
  params: { StateHandle: ptr() },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run(kernel, { StateHandle }) {
    pool(kernel).free(StateHandle);
  },
});

/** Wake sources of the packets that drivers marked, for PoGetSystemWake. */
const wakes = part(() => new Set<Va>());

const PoSetSystemWake = service({
  name: 'PoSetSystemWake',
  doc: 'wdm/nf-wdm-posetsystemwake',
  params: { Irp: ptr('IRP') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Irp }) {
    wakes(kernel).add(Irp);
  },
});

const PoGetSystemWake = service({
  name: 'PoGetSystemWake',
  doc: 'wdm/nf-wdm-pogetsystemwake',
  params: { Irp: ptr('IRP') },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Irp }) => wakes(kernel).has(Irp),
});

export const powerServices: readonly Service[] = [
  PoRequestPowerIrp,
  PoCallDriver,
  PoStartNextPowerIrp,
  PoSetPowerState,
  PoRegisterDeviceForIdleDetection,
  PoSetSystemState,
  PoRegisterSystemState,
  PoUnregisterSystemState,
  PoSetSystemWake,
  PoGetSystemWake,
];
