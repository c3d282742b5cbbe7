/**
 * Protocol drivers, as a miniport that also binds to other adapters registers one. None is installed
 * with bindings here, so that NDIS never calls ProtocolBindAdapterEx.
 */
import { part } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { UNICODE_STRING } from '../../layout/nt.ts';
import { ptr, struct, u8, u32 } from '../../layout/struct.ts';
import { NULL } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import type { NtStatus } from '../../units/status.ts';
import { HOST_VERSION, NEWEST_MINOR } from './constants.ts';
import { Handles } from './handles.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { HEADER, OBJECT } from './object-header.ts';
import { registerDriver } from './register-driver.ts';

/** ndis.h of WDK 10.0.22621. */
const PROTOCOL_CHARACTERISTICS = struct({
  name: 'NDIS_PROTOCOL_DRIVER_CHARACTERISTICS',
  size: { x64: 128, x86: 72 },
  fields: {
    Header: HEADER,
    MajorNdisVersion: u8,
    MinorNdisVersion: u8,
    MajorDriverVersion: u8,
    MinorDriverVersion: u8,
    Flags: u32,
    Name: UNICODE_STRING,
    SetOptionsHandler: ptr(),
    BindAdapterHandlerEx: ptr(),
    UnbindAdapterHandlerEx: ptr(),
    OpenAdapterCompleteHandlerEx: ptr(),
    CloseAdapterCompleteHandlerEx: ptr(),
    NetPnPEventHandler: ptr(),
    UninstallHandler: ptr(),
    OidRequestCompleteHandler: ptr(),
    StatusHandlerEx: ptr(),
    ReceiveNetBufferListsHandler: ptr(),
    SendNetBufferListsCompleteHandler: ptr(),
    DirectOidRequestCompleteHandler: ptr(),
  },
});
/** Up to SendNetBufferListsCompleteHandler; revision 2 added what follows it. */
const FIRST_REVISION_BYTES = 120;

type Characteristics = ReturnType<typeof PROTOCOL_CHARACTERISTICS.at>;

const protocolDrivers = part((kernel) => new Handles<'protocol'>(kernel, 'NDpr'));

/** What of the registration NDIS refuses, or nothing. */
function refusal(view: Characteristics): NtStatus | undefined {
  const { Type, Revision, Size } = view.Header;
  const bytes = Revision >= 2 ? PROTOCOL_CHARACTERISTICS.bytes : FIRST_REVISION_BYTES;
  if (Type !== OBJECT.PROTOCOL_DRIVER_CHARACTERISTICS || Revision < 1 || Size < bytes) {
    return NDIS_STATUS.BAD_CHARACTERISTICS;
  }
  const { MajorNdisVersion: major, MinorNdisVersion: minor } = view;
  if (major !== HOST_VERSION.major || minor > NEWEST_MINOR) return NDIS_STATUS.BAD_VERSION;
  const required = [
    view.Name.Buffer,
    view.BindAdapterHandlerEx,
    view.UnbindAdapterHandlerEx,
    view.OpenAdapterCompleteHandlerEx,
    view.CloseAdapterCompleteHandlerEx,
  ];
  return required.includes(NULL) ? NDIS_STATUS.BAD_CHARACTERISTICS : undefined;
}

const NdisRegisterProtocolDriver = ndisService({
  name: 'NdisRegisterProtocolDriver',
  params: {
    ProtocolDriverContext: ndisHandle,
    ProtocolCharacteristics: ptr('NDIS_PROTOCOL_DRIVER_CHARACTERISTICS'),
    NdisProtocolHandle: ptr('NDIS_HANDLE'),
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES, NDIS_STATUS.FAILURE],
  *run(kernel, { ProtocolDriverContext, ProtocolCharacteristics, NdisProtocolHandle }) {
    const view = PROTOCOL_CHARACTERISTICS.at(kernel.mmu, ProtocolCharacteristics);
    const refused = refusal(view);
    if (refused !== undefined) return refused;
    return yield* registerDriver(kernel, protocolDrivers(kernel), {
      value: 'protocol',
      handleAt: NdisProtocolHandle,
      context: ProtocolDriverContext,
      setOptions: { routine: 'ProtocolSetOptions', entry: view.SetOptionsHandler },
    });
  },
});

const NdisDeregisterProtocolDriver = ndisService({
  name: 'NdisDeregisterProtocolDriver',
  params: { NdisProtocolHandle: ndisHandle },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { NdisProtocolHandle }) {
    if (protocolDrivers(kernel).close(NdisProtocolHandle) === undefined) {
      tellMisuse(kernel, 'NdisDeregisterProtocolDriver', 'wrong-handle');
    }
  },
});

/** Binds protocols to adapters that nobody has bound yet: there are none. */
const NdisReEnumerateProtocolBindings = ndisService({
  name: 'NdisReEnumerateProtocolBindings',
  params: { NdisProtocolHandle: ndisHandle },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { NdisProtocolHandle }) {
    if (protocolDrivers(kernel).get(NdisProtocolHandle) === undefined) {
      tellMisuse(kernel, 'NdisReEnumerateProtocolBindings', 'wrong-handle');
    }
  },
});

export const protocolServices: readonly Service[] = [
  NdisRegisterProtocolDriver,
  NdisDeregisterProtocolDriver,
  NdisReEnumerateProtocolBindings,
];
