/**
 * The IP helper of netio.sys on a machine without a TCP/IP stack: no interface, address or route exists in
 * it, so notifications register and nothing but the first one, where it is asked for, is ever called.
 */
import { bool, handle, ptr, u16, u32 } from '../../layout/struct.ts';
import { NULL, type Va, va } from '../../units/address.ts';
import { APC_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { callGuest } from '../effects.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import { queueWork } from '../ex/work-item.ts';
import { type Kernel, part } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { NETIO } from './wsk-clients.ts';

const AF_UNSPEC = 0;
const AF_INET = 2;
const AF_INET6 = 23;
const isFamily = (family: number): boolean => family === AF_INET || family === AF_INET6;
const isAnyFamily = (family: number): boolean => family === AF_UNSPEC || isFamily(family);

/** MIB_NOTIFICATION_TYPE MibInitialNotification. */
const INITIAL = 3n;
const HANDLE_BYTES = 16;
/** "< DISPATCH_LEVEL" on their pages. */
const BELOW_DISPATCH = APC_LEVEL;

/** Notifications that are registered, by handle. */
const notifications = part(() => new Set<Va>());

/** The first call confirms the registration, with no row to tell of. */
function confirm(kernel: Kernel, at: Va, callback: Va, context: Va, name: string): void {
  queueWork(kernel, function* () {
    if (!notifications(kernel).has(at)) return;
    yield* callGuest(callback, [context, NULL, INITIAL], `${name} callback`);
  });
}

const notify = (name: string): Service =>
  service({
    name,
    dll: NETIO,
    doc: `network/${name.toLowerCase()}`,
    params: {
      Family: u16,
      Callback: ptr(),
      CallerContext: ptr(),
      InitialNotification: bool,
      NotificationHandle: ptr('HANDLE'),
    },
    returns: 'status',
    maxIrql: BELOW_DISPATCH,
    mayFail: [STATUS.NO_MEMORY],
    run(kernel, { Family, Callback, CallerContext, InitialNotification, NotificationHandle }) {
      if (!isAnyFamily(Family) || Callback === NULL || NotificationHandle === NULL) {
        return STATUS.INVALID_PARAMETER;
      }
      const at = allocateForKernel(kernel, HANDLE_BYTES, 'NiNo');
      notifications(kernel).add(at);
      kernel.mmu.write(NotificationHandle, 8, at);
      if (InitialNotification) confirm(kernel, at, Callback, CallerContext, name);
      return STATUS.SUCCESS;
    },
  });

const CancelMibChangeNotify2 = service({
  name: 'CancelMibChangeNotify2',
  dll: NETIO,
  doc: 'network/cancelmibchangenotify2',
  params: { NotificationHandle: handle },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { NotificationHandle }): NtStatus {
    const at = va(NotificationHandle);
    if (!notifications(kernel).delete(at)) return STATUS.INVALID_PARAMETER;
    pool(kernel).free(at);
    return STATUS.SUCCESS;
  },
});

/** Without a stack of the family the request is not supported; without a family there is nothing. */
const emptyTable = (name: string): Service =>
  service({
    name,
    dll: NETIO,
    doc: `network/${name.toLowerCase()}`,
    params: { Family: u16, Table: ptr() },
    returns: 'status',
    maxIrql: BELOW_DISPATCH,
    run(_kernel, { Family, Table }): NtStatus {
      if (!isAnyFamily(Family) || Table === NULL) return STATUS.INVALID_PARAMETER;
      return Family === AF_UNSPEC ? STATUS.NOT_FOUND : STATUS.NOT_SUPPORTED;
    },
  });

/** Family, InterfaceLuid and InterfaceIndex are the first members of the row. */
const LUID_OFFSET = 8n;
const INDEX_OFFSET = 16n;

const interfaceEntry = (name: string): Service =>
  service({
    name,
    dll: NETIO,
    doc: `network/${name.toLowerCase()}`,
    params: { Row: ptr('MIB_IPINTERFACE_ROW') },
    returns: 'status',
    maxIrql: BELOW_DISPATCH,
    run({ mmu }, { Row }): NtStatus {
      if (Row === NULL || !isFamily(mmu.u16(Row))) return STATUS.INVALID_PARAMETER;
      const isNamed =
        mmu.u64(va(Row + LUID_OFFSET)) !== 0n || mmu.u32(va(Row + INDEX_OFFSET)) !== 0;
      return isNamed ? STATUS.NOT_FOUND : STATUS.INVALID_PARAMETER;
    },
  });

const GetBestRoute2 = service({
  name: 'GetBestRoute2',
  dll: NETIO,
  doc: 'network/getbestroute2',
  params: {
    InterfaceLuid: ptr('NET_LUID'),
    InterfaceIndex: u32,
    SourceAddress: ptr('SOCKADDR_INET'),
    DestinationAddress: ptr('SOCKADDR_INET'),
    AddressSortOptions: u32,
    BestRoute: ptr('MIB_IPFORWARD_ROW2'),
    BestSourceAddress: ptr('SOCKADDR_INET'),
  },
  returns: 'status',
  maxIrql: BELOW_DISPATCH,
  run({ mmu }, { DestinationAddress, BestRoute, BestSourceAddress }): NtStatus {
    const isMissing = [DestinationAddress, BestRoute, BestSourceAddress].includes(NULL);
    return isMissing || !isFamily(mmu.u16(DestinationAddress))
      ? STATUS.INVALID_PARAMETER
      : STATUS.NOT_SUPPORTED;
  },
});

/** No service here gives out a table, so there is none to free. */
const FreeMibTable = service({
  name: 'FreeMibTable',
  dll: NETIO,
  doc: 'network/freemibtable',
  params: { Memory: ptr() },
  returns: 'void',
  maxIrql: BELOW_DISPATCH,
  run: () => {},
});

export const ipHelperServices: readonly Service[] = [
  notify('NotifyIpInterfaceChange'),
  notify('NotifyRouteChange2'),
  notify('NotifyUnicastIpAddressChange'),
  CancelMibChangeNotify2,
  emptyTable('GetIpForwardTable2'),
  emptyTable('GetIpInterfaceTable'),
  emptyTable('GetUnicastIpAddressTable'),
  interfaceEntry('GetIpInterfaceEntry'),
  interfaceEntry('SetIpInterfaceEntry'),
  GetBestRoute2,
  FreeMibTable,
];
