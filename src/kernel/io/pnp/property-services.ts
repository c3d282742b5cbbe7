/** Properties, keys and state of devices: IoGetDeviceProperty, IoOpenDeviceRegistryKey, IoInvalidateDeviceState. */
import { ptr, u32 } from '../../../layout/struct.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../../units/irql.ts';
import { STATUS } from '../../../units/status.ts';
import { queueWork } from '../../ex/work-item.ts';
import { type Service, service } from '../../service.ts';
import { openKeyHandle } from '../../zw/key-handles.ts';
import { registry } from '../../zw/registry.ts';
import { drivers } from '../drivers.ts';
import { IRP_MN_PNP as MN } from '../function-codes.ts';
import { nodeOf } from './interfaces.ts';
import { registryPathOf } from './load.ts';
import { queryRelations, sendPnp } from './pnp-manager.ts';
import { deviceKey, propertyOf } from './properties.ts';

const IoGetDeviceProperty = service({
  name: 'IoGetDeviceProperty',
  doc: 'wdm/nf-wdm-iogetdeviceproperty',
  params: {
    DeviceObject: ptr('DEVICE_OBJECT'),
    DeviceProperty: u32,
    BufferLength: u32,
    PropertyBuffer: ptr(),
    ResultLength: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { DeviceObject, DeviceProperty, BufferLength, PropertyBuffer, ResultLength }) {
    const node = nodeOf(kernel, DeviceObject);
    if (node === undefined) return STATUS.INVALID_DEVICE_REQUEST;
    const bytes = propertyOf(kernel, node, DeviceProperty);
    kernel.mmu.write(ResultLength, 4, BigInt(bytes?.length ?? 0));
    if (bytes === undefined) return STATUS.OBJECT_NAME_NOT_FOUND;
    if (bytes.length > BufferLength) return STATUS.BUFFER_TOO_SMALL;
    kernel.mmu.writeBytes(PropertyBuffer, bytes);
    return STATUS.SUCCESS;
  },
});

/** PLUGPLAY_REGKEY_xxx. */
const REGKEY = { DEVICE: 1, DRIVER: 2 } as const;

const IoOpenDeviceRegistryKey = service({
  name: 'IoOpenDeviceRegistryKey',
  doc: 'wdm/nf-wdm-ioopendeviceregistrykey',
  params: {
    DeviceObject: ptr('DEVICE_OBJECT'),
    DevInstKeyType: u32,
    DesiredAccess: u32,
    DeviceRegKey: ptr('HANDLE'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { DeviceObject, DevInstKeyType, DeviceRegKey }) {
    const node = nodeOf(kernel, DeviceObject);
    if (node === undefined) return STATUS.INVALID_DEVICE_REQUEST;
    const isDriver = (DevInstKeyType & REGKEY.DRIVER) !== 0;
    if (!isDriver && (DevInstKeyType & REGKEY.DEVICE) === 0) return STATUS.INVALID_PARAMETER;
    const key = deviceKey(kernel, node, isDriver ? 'driver' : 'device');
    kernel.mmu.write(DeviceRegKey, 8, openKeyHandle(kernel, key));
    return STATUS.SUCCESS;
  },
});

/** DRIVER_REGKEY_TYPE DriverRegKeyParameters. */
const IoOpenDriverRegistryKey = service({
  name: 'IoOpenDriverRegistryKey',
  doc: 'wdm/nf-wdm-ioopendriverregistrykey',
  params: {
    DriverObject: ptr('DRIVER_OBJECT'),
    RegKeyType: u32,
    DesiredAccess: u32,
    Flags: u32,
    DriverRegKey: ptr('HANDLE'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { DriverObject, RegKeyType, Flags, DriverRegKey }) {
    if (Flags !== 0 || RegKeyType > 1) return STATUS.INVALID_PARAMETER;
    const name = drivers(kernel).nameOf(DriverObject);
    const folder = RegKeyType === 0 ? 'Parameters' : 'State';
    const key = registry(kernel).createKey(`${registryPathOf(name)}\\${folder}`);
    kernel.mmu.write(DriverRegKey, 8, openKeyHandle(kernel, key));
    return STATUS.SUCCESS;
  },
});

const IoInvalidateDeviceState = service({
  name: 'IoInvalidateDeviceState',
  doc: 'wdm/nf-wdm-ioinvalidatedevicestate',
  params: { PhysicalDeviceObject: ptr('DEVICE_OBJECT') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { PhysicalDeviceObject }) {
    const node = nodeOf(kernel, PhysicalDeviceObject);
    if (node?.state !== 'started') return;
    queueWork(kernel, () => sendPnp(kernel, node, MN.QUERY_PNP_DEVICE_STATE));
  },
});

const IoInvalidateDeviceRelations = service({
  name: 'IoInvalidateDeviceRelations',
  doc: 'wdm/nf-wdm-ioinvalidatedevicerelations',
  params: { DeviceObject: ptr('DEVICE_OBJECT'), Type: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { DeviceObject, Type }) {
    const node = nodeOf(kernel, DeviceObject);
    if (node?.state !== 'started') return;
    queueWork(kernel, () => queryRelations(kernel, node, Type));
  },
});

/** NUMA: one processor, one node. */
const IoGetDeviceNumaNode = service({
  name: 'IoGetDeviceNumaNode',
  doc: 'wdm/nf-wdm-iogetdevicenumanode',
  params: { Pdo: ptr('DEVICE_OBJECT'), NodeNumber: ptr('USHORT') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { NodeNumber }) {
    kernel.mmu.write(NodeNumber, 2, 0n);
    return STATUS.SUCCESS;
  },
});

export const propertyServices: readonly Service[] = [
  IoGetDeviceProperty,
  IoOpenDeviceRegistryKey,
  IoOpenDriverRegistryKey,
  IoInvalidateDeviceState,
  IoInvalidateDeviceRelations,
  IoGetDeviceNumaNode,
];
