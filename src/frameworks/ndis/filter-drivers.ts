/** Filter drivers. None is installed over an adapter here, so that NDIS never calls FilterAttach. */
import { type Kernel, part } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { UNICODE_STRING } from '../../layout/nt.ts';
import { ptr, struct, u8, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import type { NtStatus } from '../../units/status.ts';
import { HOST_VERSION, NEWEST_MINOR } from './constants.ts';
import { Handles } from './handles.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { HEADER, OBJECT } from './object-header.ts';
import { registerDriver } from './register-driver.ts';

/** ndis.h of WDK 10.0.22621, revision 2; revision 3 has two more handlers. */
const FILTER_CHARACTERISTICS = struct({
  name: 'NDIS_FILTER_DRIVER_CHARACTERISTICS',
  size: { x64: 224, x86: 116 },
  fields: {
    Header: HEADER,
    MajorNdisVersion: u8,
    MinorNdisVersion: u8,
    MajorDriverVersion: u8,
    MinorDriverVersion: u8,
    Flags: u32,
    FriendlyName: UNICODE_STRING,
    UniqueName: UNICODE_STRING,
    ServiceName: UNICODE_STRING,
    SetOptionsHandler: ptr(),
    SetFilterModuleOptionsHandler: ptr(),
    AttachHandler: ptr(),
    DetachHandler: ptr(),
    RestartHandler: ptr(),
    PauseHandler: ptr(),
    SendNetBufferListsHandler: ptr(),
    SendNetBufferListsCompleteHandler: ptr(),
    CancelSendNetBufferListsHandler: ptr(),
    ReceiveNetBufferListsHandler: ptr(),
    ReturnNetBufferListsHandler: ptr(),
    OidRequestHandler: ptr(),
    OidRequestCompleteHandler: ptr(),
    CancelOidRequestHandler: ptr(),
    DevicePnPEventNotifyHandler: ptr(),
    NetPnPEventHandler: ptr(),
    StatusHandler: ptr(),
    DirectOidRequestHandler: ptr(),
    DirectOidRequestCompleteHandler: ptr(),
    CancelDirectOidRequestHandler: ptr(),
  },
});
/** Bytes of each revision, and the minor version from which it has to be that one. */
const REVISIONS = [
  { revision: 3, bytes: 240, since: 80 },
  { revision: 2, bytes: FILTER_CHARACTERISTICS.bytes, since: 1 },
  { revision: 1, bytes: 200, since: 0 },
];

type Characteristics = ReturnType<typeof FILTER_CHARACTERISTICS.at>;

const filterDrivers = part((kernel) => new Handles<{ readonly driverObject: Va }>(kernel, 'NDfd'));

/** Of the driver that registered the handle as a filter. */
export const filterDriverObject = (kernel: Kernel, handle: Va): Va | undefined =>
  filterDrivers(kernel).get(handle)?.driverObject;

const isOf = ({ Header: { Type, Revision, Size } }: Characteristics, minor: number): boolean => {
  const wanted = REVISIONS.find(({ since }) => minor >= since);
  return (
    wanted !== undefined &&
    Type === OBJECT.FILTER_DRIVER_CHARACTERISTICS &&
    Revision >= wanted.revision &&
    Size >= wanted.bytes
  );
};

/** Who handles requests completes them, and the other way round; only who handles can cancel. */
function isConsistent(view: Characteristics): boolean {
  const agree = (handler: Va, complete: Va, cancel: Va): boolean =>
    (handler === NULL) === (complete === NULL) && (handler !== NULL || cancel === NULL);
  const { OidRequestHandler, OidRequestCompleteHandler, CancelOidRequestHandler } = view;
  const { DirectOidRequestHandler: direct, DirectOidRequestCompleteHandler: completed } = view;
  return (
    agree(OidRequestHandler, OidRequestCompleteHandler, CancelOidRequestHandler) &&
    (view.Header.Revision < 2 || agree(direct, completed, view.CancelDirectOidRequestHandler)) &&
    (view.SendNetBufferListsHandler !== NULL || view.CancelSendNetBufferListsHandler === NULL)
  );
}

/** "NdisFRegisterFilterDriver fails… now what?" of the NDIS developers; nothing where NDIS is content. */
function refusal(view: Characteristics): NtStatus | undefined {
  const { MajorNdisVersion: major, MinorNdisVersion: minor } = view;
  if (major !== HOST_VERSION.major || minor > NEWEST_MINOR) return NDIS_STATUS.BAD_VERSION;
  const required = [
    view.UniqueName.Buffer,
    view.ServiceName.Buffer,
    view.AttachHandler,
    view.DetachHandler,
    view.RestartHandler,
    view.PauseHandler,
  ];
  return isOf(view, minor) && !required.includes(NULL) && isConsistent(view)
    ? undefined
    : NDIS_STATUS.BAD_CHARACTERISTICS;
}

const NdisFRegisterFilterDriver = ndisService({
  name: 'NdisFRegisterFilterDriver',
  params: {
    DriverObject: ptr('DRIVER_OBJECT'),
    FilterDriverContext: ndisHandle,
    FilterDriverCharacteristics: ptr('NDIS_FILTER_DRIVER_CHARACTERISTICS'),
    NdisFilterDriverHandle: ptr('NDIS_HANDLE'),
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES, NDIS_STATUS.FAILURE],
  *run(kernel, asked) {
    const view = FILTER_CHARACTERISTICS.at(kernel.mmu, asked.FilterDriverCharacteristics);
    const refused = refusal(view);
    if (refused !== undefined) return refused;
    return yield* registerDriver(kernel, filterDrivers(kernel), {
      value: { driverObject: asked.DriverObject },
      handleAt: asked.NdisFilterDriverHandle,
      context: asked.FilterDriverContext,
      setOptions: { routine: 'FilterSetOptions', entry: view.SetOptionsHandler },
    });
  },
});

const NdisFDeregisterFilterDriver = ndisService({
  name: 'NdisFDeregisterFilterDriver',
  params: { NdisFilterDriverHandle: ndisHandle },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { NdisFilterDriverHandle }) {
    if (filterDrivers(kernel).close(NdisFilterDriverHandle) === undefined) {
      tellMisuse(kernel, 'NdisFDeregisterFilterDriver', 'wrong-handle');
    }
  },
});

export const filterServices: readonly Service[] = [
  NdisFRegisterFilterDriver,
  NdisFDeregisterFilterDriver,
];
