/** The form of a device declaration. */
import type { MsixSpec, PciIdentity, VendorCapability } from '../bus/function-spec.ts';
import type { DeviceHost } from './host.ts';
import type { RegisterRow } from './register.ts';

/** How a range answers where no register is declared. */
export type RegisterPolicy = 'zeros' | 'ones' | 'last-write' | 'seeded';

export interface BarDeclaration<State> {
  readonly index: number;
  readonly space?: 'memory' | 'port';
  readonly size: number;
  readonly bits?: 32 | 64;
  readonly prefetchable?: boolean;
  readonly backing?: 'device' | 'ram';
  readonly registers?: readonly RegisterRow<State>[];
  /** Without a policy, accesses outside every register are told as events and read all ones. */
  readonly elsewhere?: RegisterPolicy;
}

export interface NetworkDeclaration<State> {
  /** A frame has arrived, without preamble and checksum. */
  readonly receive: (state: State, frame: Uint8Array, host: DeviceHost) => void;
  /** The cable was plugged in or pulled. */
  readonly carrier: (state: State, up: boolean, host: DeviceHost) => void;
}

export interface DeviceDeclaration<State extends object> {
  readonly name: string;
  readonly summary: string;
  /** The public document the model follows. */
  readonly spec: string;
  readonly pci: Pick<PciIdentity, 'vendorId' | 'deviceId' | 'classCode'> & Partial<PciIdentity>;
  readonly bars: readonly BarDeclaration<NoInfer<State>>[];
  readonly lineInterrupt?: 'A' | 'B' | 'C' | 'D';
  readonly msi?: { readonly messages: number; readonly maskable?: boolean };
  readonly msix?: MsixSpec;
  /** Present unless said otherwise. */
  readonly powerManagement?: boolean;
  readonly express?: boolean;
  /** Vendor-specific capabilities, in order. */
  readonly vendor?: readonly VendorCapability[];
  initialState(): State;
  readonly timers?: Readonly<Record<string, (state: NoInfer<State>, host: DeviceHost) => void>>;
  /** For a device with an Ethernet link: what comes over it. */
  readonly network?: NetworkDeclaration<NoInfer<State>>;
  /** After power-up and reset, when `initialState` alone does not say it. */
  readonly onReset?: (state: NoInfer<State>, host: DeviceHost) => void;
}
