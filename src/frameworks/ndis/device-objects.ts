/** Devices that a miniport makes for itself, beside its adapters: NdisRegisterDeviceEx. */
import type { Blocking } from '../../kernel/effects.ts';
import { refuse } from '../../kernel/io/call-driver.ts';
import { callForDevice, devices } from '../../kernel/io/devices.ts';
import { drivers } from '../../kernel/io/drivers.ts';
import { irpName } from '../../kernel/io/function-codes.ts';
import { currentLocation } from '../../kernel/io/irps.ts';
import { DEVICE_OBJECT, DO, MAJOR_FUNCTIONS } from '../../kernel/io/layout.ts';
import { type Kernel, part } from '../../kernel/kernel.ts';
import { namespace } from '../../kernel/ob/namespace.ts';
import type { Service } from '../../kernel/service.ts';
import { readUnicodeString } from '../../layout/nt.ts';
import { ptr, struct, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { isSuccess, type NtStatus, ntStatus } from '../../units/status.ts';
import { adapters } from './adapter.ts';
import { filterDriverObject } from './filter-drivers.ts';
import { Handles } from './handles.ts';
import { miniportDrivers } from './miniport-driver.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { HEADER, OBJECT } from './object-header.ts';

const ATTRIBUTES = struct({
  name: 'NDIS_DEVICE_OBJECT_ATTRIBUTES',
  size: { x64: 56, x86: 28 },
  fields: {
    Header: HEADER,
    DeviceName: ptr('UNICODE_STRING'),
    SymbolicName: ptr('UNICODE_STRING'),
    MajorFunctions: ptr('PDRIVER_DISPATCH'),
    ExtensionSize: u32,
    DefaultSDDLString: ptr('UNICODE_STRING'),
    DeviceClassGuid: ptr('GUID'),
  },
});

const FILE_DEVICE_NETWORK = 0x12;
const FILE_DEVICE_SECURE_OPEN = 0x100;

interface OwnDevice {
  readonly device: Va;
  readonly link: string | null;
  /** Dispatch routines by major function. */
  readonly entries: readonly Va[];
}

const ownDevices = part((kernel) => new Handles<OwnDevice>(kernel, 'NDdo'));

/** A request to a device that no adapter has. */
export function* deviceRequest(kernel: Kernel, device: Va, irp: Va): Blocking<NtStatus> {
  const { MajorFunction, MinorFunction } = currentLocation(kernel, irp);
  const own = [...ownDevices(kernel).live.values()].find((one) => one.device === device);
  const entry = own?.entries[MajorFunction] ?? NULL;
  if (entry === NULL) return yield* refuse(kernel, irp);
  const name = `Dispatch ${irpName(MajorFunction, MinorFunction)}`;
  return ntStatus(yield* callForDevice(kernel, entry, [device, irp], name, device));
}

const driverObjectOf = (kernel: Kernel, handle: Va): Va | undefined =>
  adapters(kernel).get(handle)?.driver.driverObject ??
  miniportDrivers(kernel).driverObjectOf(handle) ??
  filterDriverObject(kernel, handle);

interface NewOwnDevice {
  readonly name: Va;
  readonly link: Va;
  readonly functions: Va;
  readonly extensionBytes: number;
}

/** Requests to a filter driver come to NDIS from its first device on; those to a miniport do anyhow. */
function takeRequests(kernel: Kernel, driver: Va): void {
  if (drivers(kernel).hostOf(driver) !== undefined) return;
  drivers(kernel).serve(driver, { dispatch: (device, irp) => deviceRequest(kernel, device, irp) });
}

export function registerDevice(
  kernel: Kernel,
  driver: Va,
  wanted: NewOwnDevice,
): { readonly status: NtStatus; readonly device: Va; readonly handle: Va } {
  takeRequests(kernel, driver);
  const failed = (status: NtStatus) => ({ status, device: NULL, handle: NULL });
  const name = readUnicodeString(kernel.mmu, wanted.name);
  const { status, device } = devices(kernel).create({
    driver,
    extensionBytes: wanted.extensionBytes,
    name,
    type: FILE_DEVICE_NETWORK,
    characteristics: FILE_DEVICE_SECURE_OPEN,
    exclusive: false,
  });
  if (!isSuccess(status)) return failed(status);
  const link = readUnicodeString(kernel.mmu, wanted.link);
  if (link !== '') namespace(kernel).insert(link, { kind: 'link', target: name });
  const entries = Array.from({ length: MAJOR_FUNCTIONS }, (_, i) =>
    kernel.mmu.pointer(vaAdd(wanted.functions, i * 8)),
  );
  const handle = ownDevices(kernel).open({ device, link: link === '' ? null : link, entries });
  DEVICE_OBJECT.at(kernel.mmu, device).Flags &= ~DO.DEVICE_INITIALIZING;
  return { status: NDIS_STATUS.SUCCESS, device, handle: handle ?? NULL };
}

const NdisRegisterDeviceEx = ndisService({
  name: 'NdisRegisterDeviceEx',
  params: {
    NdisHandle: ndisHandle,
    DeviceObjectAttributes: ptr('NDIS_DEVICE_OBJECT_ATTRIBUTES'),
    pDeviceObject: ptr('PDEVICE_OBJECT'),
    NdisDeviceHandle: ptr('NDIS_HANDLE'),
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, { NdisHandle, DeviceObjectAttributes, pDeviceObject, NdisDeviceHandle }) {
    const driver = driverObjectOf(kernel, NdisHandle);
    const view = ATTRIBUTES.at(kernel.mmu, DeviceObjectAttributes);
    if (driver === undefined || view.Header.Type !== OBJECT.DEVICE_OBJECT_ATTRIBUTES) {
      return NDIS_STATUS.INVALID_PARAMETER;
    }
    const { status, device, handle } = registerDevice(kernel, driver, {
      name: view.DeviceName,
      link: view.SymbolicName,
      functions: view.MajorFunctions,
      extensionBytes: view.ExtensionSize,
    });
    kernel.mmu.write(pDeviceObject, 8, device);
    kernel.mmu.write(NdisDeviceHandle, 8, handle);
    return status;
  },
});

export function* deregisterDevice(kernel: Kernel, handle: Va): Blocking<boolean> {
  const own = ownDevices(kernel).close(handle);
  if (own === undefined) return false;
  if (own.link !== null) namespace(kernel).remove(own.link);
  yield* devices(kernel).delete(own.device);
  return true;
}

const NdisDeregisterDeviceEx = ndisService({
  name: 'NdisDeregisterDeviceEx',
  params: { NdisDeviceHandle: ndisHandle },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  *run(kernel, { NdisDeviceHandle }) {
    yield* deregisterDevice(kernel, NdisDeviceHandle);
    return undefined;
  },
});

const NdisGetDeviceReservedExtension = ndisService({
  name: 'NdisGetDeviceReservedExtension',
  params: { DeviceObject: ptr('DEVICE_OBJECT') },
  returns: 'pointer',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { DeviceObject }) => DEVICE_OBJECT.at(kernel.mmu, DeviceObject).DeviceExtension,
});

export const deviceServices: readonly Service[] = [
  NdisRegisterDeviceEx,
  NdisDeregisterDeviceEx,
  NdisGetDeviceReservedExtension,
];
