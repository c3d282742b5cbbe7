/** Winsock Kernel clients: who registered, and who holds the provider's interface. */
import { NULL, type Va } from '../../units/address.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import { exportAddress } from '../exports.ts';
import { type Kernel, part } from '../kernel.ts';
import { WSK_PROVIDER_DISPATCH, WSK_VERSION } from './wsk-layout.ts';

/** netio.sys exports the registration; afd.sys, behind it, is the provider. */
export const NETIO = 'netio.sys';

export interface WskClient {
  /** The WSK_REGISTRATION. */
  readonly registration: Va;
  /** What the provider knows the client by. */
  readonly client: Va;
  readonly version: number;
  /** Captures that have not been released. */
  captures: number;
  /** No capture succeeds any more. */
  leaving: boolean;
}

/** Some memory of its own gives an opaque object its address. */
const CLIENT_BYTES = 32;

class WskClients {
  readonly #kernel: Kernel;
  readonly #live = new Map<Va, WskClient>();
  #dispatch: Va = NULL;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  register(registration: Va, version: number): WskClient {
    const client: WskClient = {
      registration,
      client: allocateForKernel(this.#kernel, CLIENT_BYTES, 'WskC'),
      version,
      captures: 0,
      leaving: false,
    };
    this.#live.set(registration, client);
    return client;
  }

  byRegistration(registration: Va): WskClient | undefined {
    return this.#live.get(registration);
  }

  byClient(client: Va): WskClient | undefined {
    return [...this.#live.values()].find((one) => one.client === client);
  }

  remove({ registration, client }: WskClient): void {
    this.#live.delete(registration);
    pool(this.#kernel).free(client);
  }

  /** WSK_PROVIDER_DISPATCH, the same for all. */
  get dispatch(): Va {
    if (this.#dispatch === NULL) this.#dispatch = makeDispatch(this.#kernel);
    return this.#dispatch;
  }
}

export const wskClients = part((kernel) => new WskClients(kernel));

const FUNCTIONS = [
  'WskSocket',
  'WskSocketConnect',
  'WskControlClient',
  'WskGetAddressInfo',
  'WskFreeAddressInfo',
  'WskGetNameInfo',
] as const;

function makeDispatch(kernel: Kernel): Va {
  const at = allocateForKernel(kernel, WSK_PROVIDER_DISPATCH.bytes, 'WskD');
  const view = WSK_PROVIDER_DISPATCH.at(kernel.mmu, at);
  view.Version = WSK_VERSION;
  for (const name of FUNCTIONS) view[name] = exportAddress(kernel, name);
  return at;
}
