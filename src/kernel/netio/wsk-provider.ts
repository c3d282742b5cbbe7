/**
 * The Winsock Kernel provider of a machine without a TCP/IP stack: the list of transports is empty, so no
 * address family has sockets. What needs one to exist is not modelled.
 */
import { ptr, sizeT, u16, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { notModelledHere } from '../end.ts';
import { completeRequest } from '../io/complete-request.ts';
import { IO_STACK_LOCATION, IRP } from '../io/irp-layout.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { NETIO, wskClients } from './wsk-clients.ts';
import { WSK, WSK_EVENT_CALLBACK_CONTROL } from './wsk-layout.ts';

const Irp = ptr('IRP');

/** The caller's packet comes with a completion routine in its next location, which becomes the current one. */
function* completed(kernel: Kernel, irp: Va, status: NtStatus): Blocking<NtStatus> {
  if (irp === NULL) return status;
  const view = IRP.at(kernel.mmu, irp);
  view.CurrentLocation -= 1;
  view.CurrentStackLocation = vaAdd(view.CurrentStackLocation, -IO_STACK_LOCATION.bytes);
  view.IoStatus.Status = status;
  view.IoStatus.Information = 0n;
  yield* completeRequest(kernel, irp);
  return status;
}

const WskSocket = service({
  name: 'WskSocket',
  dll: NETIO,
  doc: 'wsk/nc-wsk-pfn_wsk_socket',
  params: {
    Client: ptr('WSK_CLIENT'),
    AddressFamily: u16,
    SocketType: u16,
    Protocol: u32,
    Flags: u32,
    SocketContext: ptr(),
    Dispatch: ptr(),
    OwningProcess: ptr('EPROCESS'),
    OwningThread: ptr('ETHREAD'),
    SecurityDescriptor: ptr('SECURITY_DESCRIPTOR'),
    Irp,
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => completed(kernel, args.Irp, STATUS.NOT_SUPPORTED),
});

const WskSocketConnect = service({
  name: 'WskSocketConnect',
  dll: NETIO,
  doc: 'wsk/nc-wsk-pfn_wsk_socket_connect',
  params: {
    Client: ptr('WSK_CLIENT'),
    SocketType: u16,
    Protocol: u32,
    LocalAddress: ptr('SOCKADDR'),
    RemoteAddress: ptr('SOCKADDR'),
    Flags: u32,
    SocketContext: ptr(),
    Dispatch: ptr('WSK_CLIENT_CONNECTION_DISPATCH'),
    OwningProcess: ptr('EPROCESS'),
    OwningThread: ptr('ETHREAD'),
    SecurityDescriptor: ptr('SECURITY_DESCRIPTOR'),
    Irp,
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => completed(kernel, args.Irp, STATUS.NOT_SUPPORTED),
});

interface Control {
  readonly InputSize: bigint;
  readonly OutputSizeReturned: Va;
}

const CONTROLS: ReadonlyMap<number, string> = new Map(
  Object.entries(WSK).map(([name, code]) => [code, `WSK_${name}`]),
);

function control(kernel: Kernel, code: number, given: Control): NtStatus {
  switch (code) {
    case WSK.TRANSPORT_LIST_QUERY:
      if (given.OutputSizeReturned !== NULL) kernel.mmu.write(given.OutputSizeReturned, 8, 0n);
      return STATUS.SUCCESS;
    // For every new socket, of which there is none.
    case WSK.SET_STATIC_EVENT_CALLBACKS:
      return given.InputSize === BigInt(WSK_EVENT_CALLBACK_CONTROL.bytes)
        ? STATUS.SUCCESS
        : STATUS.INVALID_PARAMETER;
    // A choice between transports of two kinds, of which there is neither.
    case WSK.TDI_BEHAVIOR:
      return given.InputSize === 4n ? STATUS.SUCCESS : STATUS.INVALID_PARAMETER;
    default: {
      const name = CONTROLS.get(code);
      if (name === undefined) return STATUS.NOT_SUPPORTED;
      return notModelledHere(`WskControlClient ${name}`, NETIO);
    }
  }
}

const WskControlClient = service({
  name: 'WskControlClient',
  dll: NETIO,
  doc: 'wsk/nc-wsk-pfn_wsk_control_client',
  params: {
    Client: ptr('WSK_CLIENT'),
    ControlCode: u32,
    InputSize: sizeT,
    InputBuffer: ptr(),
    OutputSize: sizeT,
    OutputBuffer: ptr(),
    OutputSizeReturned: ptr('SIZE_T'),
    Irp,
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, args) {
    const status =
      wskClients(kernel).byClient(args.Client) === undefined
        ? STATUS.INVALID_PARAMETER
        : control(kernel, args.ControlCode, args);
    return yield* completed(kernel, args.Irp, status);
  },
});

export const wskProviderServices: readonly Service[] = [
  WskSocket,
  WskSocketConnect,
  WskControlClient,
];

/** Of the provider's dispatch table, but not modelled: they ask a name service. */
export const WSK_UNMODELLED = ['WskGetAddressInfo', 'WskFreeAddressInfo', 'WskGetNameInfo'];
