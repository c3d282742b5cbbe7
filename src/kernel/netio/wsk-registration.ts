/** How a driver becomes a Winsock Kernel client ("Registering a Winsock Kernel Application"). */
import { ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { waitQueues } from '../ex/wait-queue.ts';
import { type Service, service } from '../service.ts';
import { NETIO, wskClients } from './wsk-clients.ts';
import {
  WSK_CLIENT_DISPATCH,
  WSK_CLIENT_NPI,
  WSK_PROVIDER_CHARACTERISTICS,
  WSK_PROVIDER_NPI,
  WSK_REGISTRATION,
  WSK_VERSION,
} from './wsk-layout.ts';

const REGISTRATION = ptr('WSK_REGISTRATION');

const WskRegister = service({
  name: 'WskRegister',
  dll: NETIO,
  doc: 'wsk/nf-wsk-wskregister',
  params: { WskClientNpi: ptr('WSK_CLIENT_NPI'), WskRegistration: REGISTRATION },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, { WskClientNpi, WskRegistration }): NtStatus {
    const { mmu } = kernel;
    const { Dispatch } = WSK_CLIENT_NPI.at(mmu, WskClientNpi);
    if (Dispatch === NULL) return STATUS.INVALID_PARAMETER;
    const { Version } = WSK_CLIENT_DISPATCH.at(mmu, Dispatch);
    const { client } = wskClients(kernel).register(WskRegistration, Version);
    const view = WSK_REGISTRATION.at(mmu, WskRegistration);
    view.ReservedRegistrationState = 1n;
    view.ReservedRegistrationContext = client;
    view.ReservedRegistrationLock = NULL;
    return STATUS.SUCCESS;
  },
});

/** The provider is there from the start, so no call has to wait for it. */
const WskCaptureProviderNPI = service({
  name: 'WskCaptureProviderNPI',
  dll: NETIO,
  doc: 'wsk/nf-wsk-wskcaptureprovidernpi',
  params: {
    WskRegistration: REGISTRATION,
    WaitTimeout: u32,
    WskProviderNpi: ptr('WSK_PROVIDER_NPI'),
  },
  returns: 'status',
  maxIrql: (_kernel, { WaitTimeout }) => (WaitTimeout === 0 ? DISPATCH_LEVEL : PASSIVE_LEVEL),
  mayFail: [STATUS.DEVICE_NOT_READY],
  run(kernel, { WskRegistration, WskProviderNpi }): NtStatus {
    const found = wskClients(kernel).byRegistration(WskRegistration);
    if (found === undefined || found.leaving) return STATUS.DEVICE_NOT_READY;
    if (found.version !== WSK_VERSION) return STATUS.NOINTERFACE;
    found.captures++;
    const view = WSK_PROVIDER_NPI.at(kernel.mmu, WskProviderNpi);
    view.Client = found.client;
    view.Dispatch = wskClients(kernel).dispatch;
    return STATUS.SUCCESS;
  },
});

const WskReleaseProviderNPI = service({
  name: 'WskReleaseProviderNPI',
  dll: NETIO,
  doc: 'wsk/nf-wsk-wskreleaseprovidernpi',
  params: { WskRegistration: REGISTRATION },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { WskRegistration }) {
    const found = wskClients(kernel).byRegistration(WskRegistration);
    if (found === undefined || found.captures === 0) return;
    found.captures--;
    waitQueues(kernel).wake(kernel, WskRegistration);
  },
});

/** Waits until every capture is released, as its page says. */
const WskDeregister = service({
  name: 'WskDeregister',
  dll: NETIO,
  doc: 'wsk/nf-wsk-wskderegister',
  params: { WskRegistration: REGISTRATION },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  *run(kernel, { WskRegistration }) {
    const found = wskClients(kernel).byRegistration(WskRegistration);
    if (found === undefined) return;
    found.leaving = true;
    while (found.captures > 0) yield* waitQueues(kernel).sleep(kernel, WskRegistration);
    wskClients(kernel).remove(found);
  },
});

const WskQueryProviderCharacteristics = service({
  name: 'WskQueryProviderCharacteristics',
  dll: NETIO,
  doc: 'wsk/nf-wsk-wskqueryprovidercharacteristics',
  params: {
    WskRegistration: REGISTRATION,
    WskProviderCharacteristics: ptr('WSK_PROVIDER_CHARACTERISTICS'),
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, args): NtStatus {
    const at: Va = args.WskProviderCharacteristics;
    const found = wskClients(kernel).byRegistration(args.WskRegistration);
    if (found === undefined) return STATUS.DEVICE_NOT_READY;
    const view = WSK_PROVIDER_CHARACTERISTICS.at(kernel.mmu, at);
    view.HighestVersion = WSK_VERSION;
    view.LowestVersion = WSK_VERSION;
    return STATUS.SUCCESS;
  },
});

export const wskRegistrationServices: readonly Service[] = [
  WskRegister,
  WskCaptureProviderNPI,
  WskReleaseProviderNPI,
  WskDeregister,
  WskQueryProviderCharacteristics,
];
