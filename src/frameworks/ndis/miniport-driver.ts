/** Miniport drivers: what a driver registered with NDIS, in the terms of its NDIS version. */
import { type Kernel, part } from '../../kernel/kernel.ts';
import { NULL, type Va } from '../../units/address.ts';
import { Handles } from './handles.ts';

/** Entry points by the documented name of the routine. */
export type Entries = Readonly<Record<string, Va>>;

export interface MiniportDriver {
  /** NdisMiniportDriverHandle, or the wrapper handle of NDIS 5. */
  readonly handle: Va;
  readonly driverObject: Va;
  /** MiniportDriverContext. */
  readonly context: Va;
  readonly model: 'ndis6' | 'ndis5';
  readonly version: { readonly major: number; readonly minor: number };
  readonly entries: Entries;
  /** Of NDIS_MINIPORT_PNP_CHARACTERISTICS; empty until they are set. */
  pnp: Entries;
  /** NdisSetOptionalHandlers is allowed while MiniportSetOptions runs. */
  settingOptions: boolean;
  unloadHandler: Va;
}

/** 6.30 and 6.0, as their documents write them. */
export const versionText = ({ major, minor }: MiniportDriver['version']): string =>
  `${major}.${minor}`;

/** At least the NDIS version, given as in the defines: 630 for 6.30, 60 for 6.0. */
export function isAtLeast({ version }: MiniportDriver, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}

export const entryOf = (entries: Entries, name: string): Va => entries[name] ?? NULL;

class MiniportDrivers {
  readonly #handles: Handles<{ driverObject: Va; registered: MiniportDriver | null }>;
  readonly #all: MiniportDriver[] = [];

  constructor(kernel: Kernel) {
    this.#handles = new Handles(kernel, 'NDmd');
  }

  /** Handles exist before the registration they stand for: wrapper handles, and during MiniportSetOptions. */
  openHandle(driverObject: Va): Va | undefined {
    return this.#handles.open({ driverObject, registered: null });
  }

  isHandle(at: Va): boolean {
    return this.#handles.get(at) !== undefined;
  }

  driverObjectOf(handle: Va): Va | undefined {
    return this.#handles.get(handle)?.driverObject;
  }

  register(driver: MiniportDriver): void {
    const entry = this.#handles.get(driver.handle);
    if (entry !== undefined) entry.registered = driver;
    this.#all.push(driver);
  }

  byHandle(handle: Va): MiniportDriver | undefined {
    return this.#handles.get(handle)?.registered ?? undefined;
  }

  byDriverObject(driverObject: Va): MiniportDriver | undefined {
    for (const { registered } of this.#handles.live.values()) {
      if (registered?.driverObject === driverObject) return registered;
    }
    return undefined;
  }

  /** False when it is no handle. */
  deregister(handle: Va): boolean {
    return this.#handles.close(handle) !== undefined;
  }

  /** Every driver that ever registered, in order. */
  get all(): readonly MiniportDriver[] {
    return this.#all;
  }
}

export const miniportDrivers = part((kernel) => new MiniportDrivers(kernel));
