/** NDIS 6 drivers register themselves: NdisMRegisterMiniportDriver, NdisSetOptionalHandlers and their ends. */
import type { Blocking } from '../../kernel/effects.ts';
import { exportAddress } from '../../kernel/exports.ts';
import { drivers } from '../../kernel/io/drivers.ts';
import { DRIVER_OBJECT } from '../../kernel/io/layout.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { type NtStatus, ntStatus } from '../../units/status.ts';
import { adapters } from './adapter.ts';
import { callMiniport } from './call.ts';
import { HOST_VERSION, NEWEST_MINOR } from './constants.ts';
import { addDevice, dispatch } from './fdo.ts';
import { hostVersion } from './host-version.ts';
import { CHARACTERISTICS_BYTES, DRIVER_CHARACTERISTICS, PNP_CHARACTERISTICS } from './layout.ts';
import { type Entries, entryOf, type MiniportDriver, miniportDrivers } from './miniport-driver.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { HEADER, OBJECT } from './object-header.ts';
import { setIdleHandlers } from './selective-suspend.ts';

type Characteristics = ReturnType<typeof DRIVER_CHARACTERISTICS.at>;

/** Routine names of the fields that every revision has. */
const readEntries = (view: Characteristics, revision: number): Entries => ({
  MiniportSetOptions: view.SetOptionsHandler,
  MiniportInitializeEx: view.InitializeHandlerEx,
  MiniportHaltEx: view.HaltHandlerEx,
  MiniportDriverUnload: view.UnloadHandler,
  MiniportPause: view.PauseHandler,
  MiniportRestart: view.RestartHandler,
  MiniportOidRequest: view.OidRequestHandler,
  MiniportSendNetBufferLists: view.SendNetBufferListsHandler,
  MiniportReturnNetBufferLists: view.ReturnNetBufferListsHandler,
  MiniportCancelSend: view.CancelSendHandler,
  MiniportCheckForHangEx: view.CheckForHangHandlerEx,
  MiniportResetEx: view.ResetHandlerEx,
  MiniportDevicePnPEventNotify: view.DevicePnPEventNotifyHandler,
  MiniportShutdownEx: view.ShutdownHandlerEx,
  MiniportCancelOidRequest: view.CancelOidRequestHandler,
  MiniportDirectOidRequest: revision >= 2 ? view.DirectOidRequestHandler : NULL,
  MiniportCancelDirectOidRequest: revision >= 2 ? view.CancelDirectOidRequestHandler : NULL,
  MiniportSynchronousOidRequest: revision >= 3 ? view.SynchronousOidRequestHandler : NULL,
});

const REQUIRED = [
  'MiniportInitializeEx',
  'MiniportHaltEx',
  'MiniportDriverUnload',
  'MiniportPause',
  'MiniportRestart',
  'MiniportOidRequest',
  'MiniportSendNetBufferLists',
  'MiniportReturnNetBufferLists',
];

/** What of the registration NDIS refuses, or nothing. */
function refusal(view: Characteristics, revision: number, entries: Entries): NtStatus | undefined {
  const { Type, Size } = view.Header;
  const { MajorNdisVersion: major, MinorNdisVersion: minor } = view;
  if (Type !== OBJECT.MINIPORT_DRIVER_CHARACTERISTICS || revision < 1) {
    return NDIS_STATUS.BAD_CHARACTERISTICS;
  }
  if (Size < (CHARACTERISTICS_BYTES[revision - 1] ?? 0)) return NDIS_STATUS.BAD_CHARACTERISTICS;
  if (major !== HOST_VERSION.major || minor > NEWEST_MINOR) return NDIS_STATUS.BAD_VERSION;
  const isMissing = REQUIRED.some((name) => entryOf(entries, name) === NULL);
  return isMissing ? NDIS_STATUS.BAD_CHARACTERISTICS : undefined;
}

const NdisMRegisterMiniportDriver = ndisService({
  name: 'NdisMRegisterMiniportDriver',
  params: {
    DriverObject: ptr('DRIVER_OBJECT'),
    RegistryPath: ptr('UNICODE_STRING'),
    MiniportDriverContext: ndisHandle,
    MiniportDriverCharacteristics: ptr('NDIS_MINIPORT_DRIVER_CHARACTERISTICS'),
    NdisMiniportDriverHandle: ptr('NDIS_HANDLE'),
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES, NDIS_STATUS.FAILURE],
  *run(kernel, args) {
    const view = DRIVER_CHARACTERISTICS.at(kernel.mmu, args.MiniportDriverCharacteristics);
    const revision = Math.min(view.Header.Revision, CHARACTERISTICS_BYTES.length);
    const entries = readEntries(view, revision);
    const refused = refusal(view, revision, entries);
    if (refused !== undefined) return refused;
    const handle = miniportDrivers(kernel).openHandle(args.DriverObject);
    if (handle === undefined) return NDIS_STATUS.RESOURCES;
    const driver: MiniportDriver = {
      handle,
      driverObject: args.DriverObject,
      context: args.MiniportDriverContext,
      model: 'ndis6',
      version: { major: view.MajorNdisVersion, minor: view.MinorNdisVersion },
      entries,
      pnp: {},
      settingOptions: true,
      unloadHandler: entryOf(entries, 'MiniportDriverUnload'),
    };
    return yield* register(kernel, driver, args.NdisMiniportDriverHandle);
  },
});

function* register(kernel: Kernel, driver: MiniportDriver, handleAt: Va): Blocking<NtStatus> {
  miniportDrivers(kernel).register(driver);
  kernel.mmu.write(handleAt, 8, driver.handle);
  const status = ntStatus(
    yield* callMiniport(kernel, {
      routine: 'MiniportSetOptions',
      subject: null,
      entry: entryOf(driver.entries, 'MiniportSetOptions'),
      args: [driver.handle, driver.context],
    }),
  );
  driver.settingOptions = false;
  if (status !== NDIS_STATUS.SUCCESS) {
    miniportDrivers(kernel).deregister(driver.handle);
    return status;
  }
  serve(kernel, driver);
  return NDIS_STATUS.SUCCESS;
}

/** NDIS takes the driver object over: AddDevice, every dispatch routine, DriverUnload. */
export function serve(kernel: Kernel, driver: MiniportDriver): void {
  const { driverObject } = driver;
  drivers(kernel).serve(driverObject, {
    dispatch: (device, irp) => dispatch(kernel, device, irp),
    addDevice: (pdo) => addDevice(kernel, driver, pdo),
    unload: () => unload(kernel, driverObject),
  });
  DRIVER_OBJECT.at(kernel.mmu, driverObject).DriverUnload = exportAddress(
    kernel,
    'ndisMUnloadDriver',
  );
}

function* unload(kernel: Kernel, driverObject: Va): Blocking<void> {
  const driver = miniportDrivers(kernel).byDriverObject(driverObject);
  if (driver === undefined) return;
  yield* callMiniport(kernel, {
    routine: 'MiniportDriverUnload',
    subject: null,
    entry: driver.unloadHandler,
    args: [driverObject],
  });
  // The wrapper of NDIS 5 goes with its driver.
  if (driver.model === 'ndis5') miniportDrivers(kernel).deregister(driver.handle);
}

/** Behind DRIVER_OBJECT.DriverUnload, for a driver that calls it itself. */
const ndisMUnloadDriver = ndisService({
  name: 'ndisMUnloadDriver',
  doc: 'ndis.h',
  params: { DriverObject: ptr('DRIVER_OBJECT') },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  *run(kernel, { DriverObject }) {
    yield* unload(kernel, DriverObject);
    return undefined;
  },
});

const NdisMDeregisterMiniportDriver = ndisService({
  name: 'NdisMDeregisterMiniportDriver',
  params: { NdisMiniportDriverHandle: ndisHandle },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { NdisMiniportDriverHandle }) {
    const driver = miniportDrivers(kernel).byHandle(NdisMiniportDriverHandle);
    const name = 'NdisMDeregisterMiniportDriver';
    if (driver !== undefined && adapters(kernel).of(driver).length > 0) {
      tellMisuse(kernel, name, 'adapters-left');
    }
    if (!miniportDrivers(kernel).deregister(NdisMiniportDriverHandle)) {
      tellMisuse(kernel, name, 'wrong-handle');
    }
  },
});

const PNP_BYTES = 44;

const NdisSetOptionalHandlers = ndisService({
  name: 'NdisSetOptionalHandlers',
  params: { NdisHandle: ndisHandle, OptionalHandlers: ptr('NDIS_DRIVER_OPTIONAL_HANDLERS') },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, { NdisHandle, OptionalHandlers }) {
    const driver = miniportDrivers(kernel).byHandle(NdisHandle);
    if (driver?.settingOptions !== true) return NDIS_STATUS.INVALID_PARAMETER;
    const { Type, Size } = HEADER.at(kernel.mmu, OptionalHandlers);
    if (Type === OBJECT.MINIPORT_SS_CHARACTERISTICS) {
      return setIdleHandlers(kernel, driver, OptionalHandlers);
    }
    // Other optional parts are not there.
    if (Type !== OBJECT.MINIPORT_PNP_CHARACTERISTICS) return NDIS_STATUS.NOT_SUPPORTED;
    if (Size < PNP_BYTES) return NDIS_STATUS.INVALID_PARAMETER;
    const view = PNP_CHARACTERISTICS.at(kernel.mmu, OptionalHandlers);
    driver.pnp = {
      MiniportAddDevice: view.MiniportAddDeviceHandler,
      MiniportRemoveDevice: view.MiniportRemoveDeviceHandler,
      MiniportFilterResourceRequirements: view.MiniportFilterResourceRequirementsHandler,
      MiniportStartDevice: view.MiniportStartDeviceHandler,
    };
    return NDIS_STATUS.SUCCESS;
  },
});

const NdisGetVersion = ndisService({
  name: 'NdisGetVersion',
  params: {},
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel) => hostVersion(kernel),
});

export const registrationServices: readonly Service[] = [
  NdisMRegisterMiniportDriver,
  NdisMDeregisterMiniportDriver,
  NdisSetOptionalHandlers,
  NdisGetVersion,
  ndisMUnloadDriver,
];
