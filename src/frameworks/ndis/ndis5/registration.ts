/** NDIS 5 drivers register themselves: a wrapper handle, the characteristics, and who hears of unload and shutdown. */
import { part } from '../../../kernel/kernel.ts';
import type { Service } from '../../../kernel/service.ts';
import { ptr, u32 } from '../../../layout/struct.ts';
import { NULL, type Va } from '../../../units/address.ts';
import { PASSIVE_LEVEL } from '../../../units/irql.ts';
import { NDIS_STATUS } from '../../../units/ndis-status.ts';
import type { NtStatus } from '../../../units/status.ts';
import { adapters } from '../adapter.ts';
import { type Entries, entryOf, miniportDrivers } from '../miniport-driver.ts';
import { tellMisuse } from '../misuse.ts';
import { ndisHandle, ndisService } from '../ndis-service.ts';
import { serve } from '../registration.ts';
import { CHARACTERISTICS, CHARACTERISTICS_50_BYTES } from './layout.ts';

/** Unload handlers of wrappers whose miniport is not registered yet. */
const earlyUnloads = part(() => new Map<Va, Va>());

const NdisInitializeWrapper = ndisService({
  name: 'NdisInitializeWrapper',
  doc: 'ndis.h',
  params: {
    NdisWrapperHandle: ptr('NDIS_HANDLE'),
    SystemSpecific1: ptr('DRIVER_OBJECT'),
    SystemSpecific2: ptr('UNICODE_STRING'),
    SystemSpecific3: ptr(),
  },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { NdisWrapperHandle, SystemSpecific1 }) {
    const handle = miniportDrivers(kernel).openHandle(SystemSpecific1);
    kernel.mmu.write(NdisWrapperHandle, 8, handle ?? NULL);
  },
});

const NdisTerminateWrapper = ndisService({
  name: 'NdisTerminateWrapper',
  params: { NdisWrapperHandle: ndisHandle, SystemSpecific: ptr() },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { NdisWrapperHandle }) {
    earlyUnloads(kernel).delete(NdisWrapperHandle);
    if (!miniportDrivers(kernel).deregister(NdisWrapperHandle)) {
      tellMisuse(kernel, 'NdisTerminateWrapper', 'wrong-handle');
    }
  },
});

type View = ReturnType<typeof CHARACTERISTICS.at>;

const readEntries = (view: View, isNewest: boolean): Entries => ({
  MiniportCheckForHang: view.CheckForHangHandler,
  MiniportDisableInterrupt: view.DisableInterruptHandler,
  MiniportEnableInterrupt: view.EnableInterruptHandler,
  MiniportHalt: view.HaltHandler,
  MiniportHandleInterrupt: view.HandleInterruptHandler,
  MiniportInitialize: view.InitializeHandler,
  MiniportISR: view.ISRHandler,
  MiniportQueryInformation: view.QueryInformationHandler,
  MiniportReset: view.ResetHandler,
  MiniportSend: view.SendHandler,
  MiniportSetInformation: view.SetInformationHandler,
  MiniportTransferData: view.TransferDataHandler,
  MiniportReturnPacket: view.ReturnPacketHandler,
  MiniportSendPackets: view.SendPacketsHandler,
  MiniportAllocateComplete: view.AllocateCompleteHandler,
  MiniportCancelSendPackets: isNewest ? view.CancelSendPacketsHandler : NULL,
  MiniportPnPEventNotify: isNewest ? view.PnPEventNotifyHandler : NULL,
  MiniportShutdown: isNewest ? view.AdapterShutdownHandler : NULL,
});

const REQUIRED = [
  'MiniportHalt',
  'MiniportInitialize',
  'MiniportQueryInformation',
  'MiniportReset',
  'MiniportSetInformation',
];

const MAJOR = 5;
const NEWEST_MINOR = 1;

/** What of the registration NDIS refuses, or nothing. */
function refusal(view: View, length: number): NtStatus | undefined {
  const { MajorNdisVersion: major, MinorNdisVersion: minor } = view;
  const isVersion = major === MAJOR ? minor <= NEWEST_MINOR : major === 4 && minor === 0;
  if (!isVersion) return NDIS_STATUS.BAD_VERSION;
  const isNewest = major === MAJOR && minor === NEWEST_MINOR;
  const least = isNewest ? CHARACTERISTICS.bytes : CHARACTERISTICS_50_BYTES;
  if (length < least) return NDIS_STATUS.BAD_CHARACTERISTICS;
  const entries = readEntries(view, isNewest);
  const isMissing = REQUIRED.some((name) => entryOf(entries, name) === NULL);
  const sends = [view.SendHandler, view.SendPacketsHandler, view.CoSendPacketsHandler];
  const isMute = sends.every((entry) => entry === NULL);
  return isMissing || isMute ? NDIS_STATUS.BAD_CHARACTERISTICS : undefined;
}

const NdisMRegisterMiniport = ndisService({
  name: 'NdisMRegisterMiniport',
  doc: 'ndis.h',
  params: {
    NdisWrapperHandle: ndisHandle,
    MiniportCharacteristics: ptr(CHARACTERISTICS.name),
    CharacteristicsLength: u32,
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES, NDIS_STATUS.FAILURE],
  run(kernel, { NdisWrapperHandle, MiniportCharacteristics, CharacteristicsLength }) {
    const known = miniportDrivers(kernel);
    const driverObject = known.driverObjectOf(NdisWrapperHandle);
    if (driverObject === undefined) {
      tellMisuse(kernel, 'NdisMRegisterMiniport', 'wrong-handle');
      return NDIS_STATUS.FAILURE;
    }
    const view = CHARACTERISTICS.at(kernel.mmu, MiniportCharacteristics);
    const refused = refusal(view, CharacteristicsLength);
    if (refused !== undefined) return refused;
    const version = { major: view.MajorNdisVersion, minor: view.MinorNdisVersion };
    const isNewest = version.major === MAJOR && version.minor === NEWEST_MINOR;
    const driver = {
      handle: NdisWrapperHandle,
      driverObject,
      context: NULL,
      model: 'ndis5' as const,
      version,
      entries: readEntries(view, isNewest),
      pnp: {},
      settingOptions: false,
      unloadHandler: earlyUnloads(kernel).get(NdisWrapperHandle) ?? NULL,
    };
    known.register(driver);
    serve(kernel, driver);
    return NDIS_STATUS.SUCCESS;
  },
});

const NdisMRegisterUnloadHandler = ndisService({
  name: 'NdisMRegisterUnloadHandler',
  params: { NdisWrapperHandle: ndisHandle, UnloadHandler: ptr('DRIVER_UNLOAD') },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { NdisWrapperHandle, UnloadHandler }) {
    const known = miniportDrivers(kernel);
    const driver = known.byHandle(NdisWrapperHandle);
    if (driver !== undefined) driver.unloadHandler = UnloadHandler;
    else if (known.isHandle(NdisWrapperHandle)) {
      earlyUnloads(kernel).set(NdisWrapperHandle, UnloadHandler);
    } else tellMisuse(kernel, 'NdisMRegisterUnloadHandler', 'wrong-handle');
  },
});

/** Takes the place of the AdapterShutdownHandler of 5.1. */
const NdisMRegisterAdapterShutdownHandler = ndisService({
  name: 'NdisMRegisterAdapterShutdownHandler',
  doc: 'ndis.h',
  params: {
    MiniportHandle: ndisHandle,
    ShutdownContext: ptr(),
    ShutdownHandler: ptr('ADAPTER_SHUTDOWN_HANDLER'),
  },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { MiniportHandle, ShutdownContext, ShutdownHandler }) {
    const adapter = adapters(kernel).get(MiniportHandle);
    if (adapter === undefined) {
      tellMisuse(kernel, 'NdisMRegisterAdapterShutdownHandler', 'wrong-handle');
      return;
    }
    adapter.shutdownHandler = { entry: ShutdownHandler, context: ShutdownContext };
  },
});

const NdisMDeregisterAdapterShutdownHandler = ndisService({
  name: 'NdisMDeregisterAdapterShutdownHandler',
  doc: 'ndis.h',
  params: { MiniportHandle: ndisHandle },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { MiniportHandle }) {
    const adapter = adapters(kernel).get(MiniportHandle);
    if (adapter !== undefined) adapter.shutdownHandler = null;
  },
});

export const registrationServices5: readonly Service[] = [
  NdisInitializeWrapper,
  NdisTerminateWrapper,
  NdisMRegisterMiniport,
  NdisMRegisterUnloadHandler,
  NdisMRegisterAdapterShutdownHandler,
  NdisMDeregisterAdapterShutdownHandler,
];
