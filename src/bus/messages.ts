/** Message signalled interrupts of one function: MSI in configuration space, MSI-X in a table behind a BAR (PCI 3.0, 6.8). */
import { type AccessSize, readHost, writeHost } from '../memory/physical.ts';
import { type BusAddress, busAddress } from '../units/address.ts';
import {
  type ConfigLayout,
  MSI_ADDRESS,
  MSI_ADDRESS_HIGH,
  MSI_DATA,
  MSI_MASK,
  MSI_PENDING,
} from './config-layout.ts';
import type { MsixSpec, PciFunctionSpec } from './function-spec.ts';
import * as pci from './pci-spec.ts';
import { allOnes } from './port-space.ts';

interface Message {
  readonly address: BusAddress;
  readonly data: number;
}

type Send = (message: Message) => number | undefined;

/** `sent` with the vector it reached, held back by a mask, or not a message that is switched on. */
type MessageOutcome =
  | { readonly kind: 'sent'; readonly vector: number | undefined }
  | { readonly kind: 'masked' }
  | { readonly kind: 'off' };

const OFF: MessageOutcome = { kind: 'off' };
const MASKED: MessageOutcome = { kind: 'masked' };

export class Messages {
  readonly #layout: ConfigLayout;
  readonly #msi: { readonly messages: number; readonly maskable: boolean } | null;
  readonly #msix: MsixSpec | null;
  readonly #send: Send;
  readonly #table: DataView;
  readonly #pending: DataView;

  constructor(spec: PciFunctionSpec, layout: ConfigLayout, send: Send) {
    this.#layout = layout;
    this.#msi = spec.msi;
    this.#msix = spec.msix;
    this.#send = send;
    const messages = spec.msix?.messages ?? 0;
    this.#table = new DataView(new ArrayBuffer(messages * pci.MSI_X_ENTRY_BYTES));
    this.#pending = new DataView(new ArrayBuffer(Math.ceil(messages / 64) * 8));
    this.reset();
  }

  /** Every MSI-X entry starts masked. */
  reset(): void {
    for (let i = 0; i < this.#table.byteLength; i++) this.#table.setUint8(i, 0);
    for (let i = 0; i < this.#pending.byteLength; i++) this.#pending.setUint8(i, 0);
    for (let n = 0; n < (this.#msix?.messages ?? 0); n++) {
      this.#table.setUint32(n * pci.MSI_X_ENTRY_BYTES + 12, pci.MSI_X_ENTRY_MASKED, true);
    }
  }

  get msixEnabled(): boolean {
    const at = this.#layout.capabilities.msix;
    return at !== null && (this.#config.u16(at + pci.MSI_X_CONTROL) & pci.MSI_X_ENABLE) !== 0;
  }

  get msiEnabled(): boolean {
    const at = this.#layout.capabilities.msi;
    return at !== null && (this.#config.u16(at + pci.MSI_CONTROL) & pci.MSI_ENABLE) !== 0;
  }

  get enabled(): boolean {
    return this.msixEnabled || this.msiEnabled;
  }

  /** How many different messages the function may send now. */
  get granted(): number {
    if (this.msixEnabled) return this.#msix?.messages ?? 0;
    const at = this.#layout.capabilities.msi;
    if (at === null || !this.msiEnabled) return 0;
    const control = this.#config.u16(at + pci.MSI_CONTROL);
    const allowed = 2 ** ((control >> pci.MSI_MULTIPLE_ENABLE_SHIFT) & 0x7);
    return Math.min(allowed, this.#msi?.messages ?? 1);
  }

  raise(message: number): MessageOutcome {
    if (!Number.isInteger(message) || message < 0) return OFF;
    if (this.msixEnabled) return this.#raiseMsix(message);
    return this.msiEnabled ? this.#raiseMsi(message) : OFF;
  }

  /** Sends what was held back and is masked no longer; to be called after any write that may unmask. */
  flushPending(): void {
    if (this.msixEnabled) {
      for (let n = 0; n < (this.#msix?.messages ?? 0); n++) {
        if (this.#isPending(n) && !this.#isMsixMasked(n)) {
          this.#setPending(n, false);
          this.#send(this.#msixMessage(n));
        }
      }
    }
    if (this.msiEnabled && this.#msi?.maskable) this.#flushMsi();
  }

  /** Where within the table or the pending bits a BAR access falls, if it does. */
  claims(bar: number, offset: number): boolean {
    return this.#viewAt(bar, offset) !== undefined;
  }

  /** Table and pending bits take whole, aligned doublewords and quadwords only (6.8.2). */
  read(bar: number, offset: number, size: AccessSize): bigint {
    const place = this.#viewAt(bar, offset);
    if (place === undefined || size < 4 || place.at % size !== 0) return allOnes(size);
    return readHost(place.view, place.at, size);
  }

  write(bar: number, offset: number, size: AccessSize, value: bigint): void {
    const place = this.#viewAt(bar, offset);
    if (place === undefined || place.view !== this.#table) return;
    if (size < 4 || place.at % size !== 0) return;
    writeHost(place.view, place.at, size, value);
    this.flushPending();
  }

  /** Fills one MSI-X entry and unmasks it, as a bus driver does when it starts a device. */
  setEntry(n: number, address: BusAddress, data: number): void {
    const at = n * pci.MSI_X_ENTRY_BYTES;
    this.#table.setUint32(at, address % 2 ** 32, true);
    this.#table.setUint32(at + 4, Math.floor(address / 2 ** 32), true);
    this.#table.setUint32(at + 8, data, true);
    this.#table.setUint32(at + 12, 0, true);
  }

  get #config() {
    return this.#layout.config;
  }

  #viewAt(bar: number, offset: number): { view: DataView; at: number } | undefined {
    const msix = this.#msix;
    if (msix === null || msix.bar !== bar) return undefined;
    const inTable = offset - msix.tableOffset;
    if (inTable >= 0 && inTable < this.#table.byteLength) return { view: this.#table, at: inTable };
    const inPending = offset - msix.pendingOffset;
    if (inPending >= 0 && inPending < this.#pending.byteLength) {
      return { view: this.#pending, at: inPending };
    }
    return undefined;
  }

  #raiseMsix(n: number): MessageOutcome {
    if (n >= (this.#msix?.messages ?? 0)) return OFF;
    if (this.#isMsixMasked(n)) {
      this.#setPending(n, true);
      return MASKED;
    }
    return { kind: 'sent', vector: this.#send(this.#msixMessage(n)) };
  }

  #msixMessage(n: number): Message {
    const at = n * pci.MSI_X_ENTRY_BYTES;
    const address =
      this.#table.getUint32(at, true) + (this.#table.getUint32(at + 4, true) & 0x1f_ffff) * 2 ** 32;
    return { address: busAddress(address), data: this.#table.getUint32(at + 8, true) };
  }

  #isMsixMasked(n: number): boolean {
    const at = this.#layout.capabilities.msix ?? 0;
    const control = this.#config.u16(at + pci.MSI_X_CONTROL);
    const entry = this.#table.getUint32(n * pci.MSI_X_ENTRY_BYTES + 12, true);
    return (control & pci.MSI_X_FUNCTION_MASK) !== 0 || (entry & pci.MSI_X_ENTRY_MASKED) !== 0;
  }

  #isPending(n: number): boolean {
    return (this.#pending.getUint8(n >> 3) & (1 << (n & 7))) !== 0;
  }

  #setPending(n: number, pending: boolean): void {
    const old = this.#pending.getUint8(n >> 3);
    const bit = 1 << (n & 7);
    this.#pending.setUint8(n >> 3, pending ? old | bit : old & ~bit);
  }

  /** With fewer messages granted than capable, the numbers fold onto what was granted. */
  #raiseMsi(message: number): MessageOutcome {
    const at = this.#layout.capabilities.msi ?? 0;
    const n = message % this.granted;
    if (this.#msi?.maskable && (this.#config.u32(at + MSI_MASK) & (1 << n)) !== 0) {
      this.#config.setU32(at + MSI_PENDING, (this.#config.u32(at + MSI_PENDING) | (1 << n)) >>> 0);
      return MASKED;
    }
    return { kind: 'sent', vector: this.#send(this.#msiMessage(n)) };
  }

  #msiMessage(n: number): Message {
    const at = this.#layout.capabilities.msi ?? 0;
    const address =
      this.#config.u32(at + MSI_ADDRESS) +
      (this.#config.u32(at + MSI_ADDRESS_HIGH) & 0x1f_ffff) * 2 ** 32;
    const data = this.#config.u16(at + MSI_DATA);
    return { address: busAddress(address), data: data - (data % this.granted) + n };
  }

  #flushMsi(): void {
    const at = this.#layout.capabilities.msi ?? 0;
    for (let n = 0; n < this.granted; n++) {
      const bit = 1 << n;
      const pending = this.#config.u32(at + MSI_PENDING);
      if ((pending & bit) === 0 || (this.#config.u32(at + MSI_MASK) & bit) !== 0) continue;
      this.#config.setU32(at + MSI_PENDING, (pending & ~bit) >>> 0);
      this.#send(this.#msiMessage(n));
    }
  }
}
