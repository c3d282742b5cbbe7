/** One PCI function: configuration space that acts when written, windows, interrupts, DMA, and sudden absence. */
import type { DeviceEventSink, DmaTrouble, RegisterTrouble } from '../events/device.ts';
import type { AccessSize, PhysicalMemory } from '../memory/physical.ts';
import { BarAccess } from './bar-access.ts';
import { BarWindow } from './bar-window.ts';
import { barRegister, type ConfigLayout, layOutConfig, pinNumber } from './config-layout.ts';
import { type DmaPort, dmaPort } from './dma.ts';
import { checkFunctionSpec, type PciFunctionSpec, type PciHandler } from './function-spec.ts';
import type { HostBridge } from './host-bridge.ts';
import type { InterruptController } from './interrupts.ts';
import { Messages } from './messages.ts';
import * as pci from './pci-spec.ts';
import { allOnes, type PortSpace } from './port-space.ts';

export interface PciLocation {
  readonly bus: number;
  readonly device: number;
  readonly function: number;
}

interface FunctionSite {
  readonly location: PciLocation;
  readonly bridge: HostBridge;
  readonly physical: PhysicalMemory;
  readonly ports: PortSpace;
  readonly interrupts: InterruptController;
  readonly report: DeviceEventSink;
  /** Called after windows opened or closed: cached translations to them are stale. */
  readonly windowsChanged: () => void;
}

const LINES_PER_BRIDGE = 4;

export class PciFunction {
  readonly spec: PciFunctionSpec;
  readonly location: PciLocation;
  readonly bridge: HostBridge;
  readonly dma: DmaPort;
  /** The interrupt line its pin is wired to, or null without a pin. */
  readonly line: number | null;
  readonly windows: readonly BarWindow[];
  readonly #site: FunctionSite;
  readonly #layout: ConfigLayout;
  readonly #messages: Messages;
  readonly #barAccess: BarAccess;
  #handler: PciHandler | undefined;
  #plugged = true;
  #requestsLine = false;
  #assertsLine = false;

  constructor(spec: PciFunctionSpec, site: FunctionSite) {
    checkFunctionSpec(spec);
    this.spec = spec;
    this.location = site.location;
    this.bridge = site.bridge;
    this.#site = site;
    this.#layout = layOutConfig(spec);
    this.#messages = new Messages(spec, this.#layout, (message) =>
      site.interrupts.message(message.address, message.data),
    );
    this.#barAccess = new BarAccess(spec, this.#layout, {
      read: (bar, offset, size) => this.#readWindow(bar, offset, size),
      write: (bar, offset, size, value) => this.#writeWindow(bar, offset, size, value),
    });
    this.line = lineOf(spec, site);
    const subject = spec.name;
    const { physical, ports, bridge, report } = site;
    this.dma = dmaPort({ subject, physical, bridge, report, refusal: () => this.#dmaRefusal() });
    this.windows = spec.bars.map(
      (bar) =>
        new BarWindow(bar, {
          subject,
          physical,
          ports,
          bridge,
          report,
          read: (index, offset, size) => this.#readWindow(index, offset, size),
          write: (index, offset, size, value) => this.#writeWindow(index, offset, size, value),
        }),
    );
  }

  /** Gives the function its device; without one it reads all ones. */
  connect(handler: PciHandler): void {
    this.#handler = handler;
  }

  get plugged(): boolean {
    return this.#plugged;
  }

  get messages(): Messages {
    return this.#messages;
  }

  get capabilities(): ConfigLayout['capabilities'] {
    return this.#layout.capabilities;
  }

  /** D0 to D3, as the power management capability says. */
  get powerState(): number {
    const at = this.capabilities.powerManagement;
    return at === null
      ? 0
      : this.#layout.config.u16(at + pci.PM_CONTROL_STATUS) & pci.PM_POWER_STATE;
  }

  windowOf(bar: number): BarWindow | undefined {
    return this.windows.find((window) => window.spec.index === bar);
  }

  readConfig(offset: number, size: 1 | 2 | 4): number {
    if (this.#plugged) this.#barAccess.beforeRead(offset, size);
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + this.#configByte(offset + i);
    return value;
  }

  writeConfig(offset: number, size: 1 | 2 | 4, value: number): void {
    const bytes = Uint8Array.from({ length: size }, (_, i) => (value >>> (8 * i)) & 0xff);
    this.writeConfigBytes(offset, bytes);
  }

  /** As much of the range as configuration space has. */
  readConfigBytes(offset: number, length: number): Uint8Array {
    const available = Math.max(0, Math.min(length, this.#layout.config.length - offset));
    if (this.#plugged) this.#barAccess.beforeRead(offset, available);
    return Uint8Array.from({ length: available }, (_, i) => this.#configByte(offset + i));
  }

  writeConfigBytes(offset: number, data: Uint8Array): void {
    if (!this.#plugged) return;
    data.forEach((byte, i) => {
      this.#layout.config.writeByte(offset + i, byte);
    });
    this.#barAccess.afterWrite(offset, data.length);
    this.#actOnReset();
    this.#refresh();
    this.#messages.flushPending();
  }

  /** Asks for the line; while messages are on, which replace it, sends message 0. */
  raise(): void {
    if (this.#messages.enabled) {
      this.message(0);
      return;
    }
    this.#requestsLine = true;
    if (this.line === null) this.#tellOfLoss();
    this.#refreshLine();
  }

  /** The device interrupts, and there is no way for it. */
  #tellOfLoss(): void {
    this.#site.report({
      kind: 'device-interrupt',
      subject: this.spec.name,
      what: 'raise',
      line: null,
      message: null,
      vector: null,
    });
  }

  lower(): void {
    this.#requestsLine = false;
    this.#refreshLine();
  }

  /** False when messages are off or the function cannot send. */
  message(n: number): boolean {
    if (!this.#plugged || this.powerState !== 0) return false;
    const outcome = this.#messages.raise(n);
    if (outcome.kind === 'off') return false;
    this.#site.report({
      kind: 'device-interrupt',
      subject: this.spec.name,
      what: 'message',
      line: null,
      message: n,
      vector: outcome.kind === 'sent' ? (outcome.vector ?? null) : null,
    });
    return true;
  }

  /** Surprise removal: all ones from everywhere, no interrupts, no DMA. Windows stay until the bus driver closes them. */
  unplug(): void {
    if (!this.#plugged) return;
    this.#plugged = false;
    this.lower();
    for (const window of this.windows) window.orphan();
    this.#site.report({ kind: 'device-unplugged', subject: this.spec.name });
    this.#site.windowsChanged();
  }

  /** Closes every window; what the bus driver does when it forgets a lost device. */
  closeWindows(): void {
    const changed = this.windows.map((window) => window.place(undefined));
    if (changed.includes(true)) this.#site.windowsChanged();
  }

  /** Function-level reset: configuration as after power-up, device state likewise. */
  reset(): void {
    this.#layout.config.reset();
    this.#messages.reset();
    this.#requestsLine = false;
    this.#refresh();
    this.#handler?.reset();
  }

  #configByte(at: number): number {
    return this.#plugged ? this.#layout.config.readByte(at) : 0xff;
  }

  #refresh(): void {
    const changed = this.windows.map((window) => window.place(this.#decodedAt(window)));
    this.#refreshLine();
    if (changed.includes(true)) this.#site.windowsChanged();
  }

  #decodedAt({ spec }: BarWindow): number | undefined {
    const { config } = this.#layout;
    const enable = spec.space === 'port' ? pci.COMMAND_IO_SPACE : pci.COMMAND_MEMORY_SPACE;
    if ((config.u16(pci.COMMAND) & enable) === 0 || this.powerState !== 0) return undefined;
    const low = config.u32(barRegister(spec.index));
    if (spec.space === 'port') return low - (low % 4);
    const high = spec.bits === 64 ? config.u32(barRegister(spec.index + 1)) : 0;
    const address = high * 2 ** 32 + (low - (low % 16));
    return Number.isSafeInteger(address) ? address : undefined;
  }

  #refreshLine(): void {
    if (this.line === null) return;
    const { config } = this.#layout;
    const requested = this.#requestsLine && this.#plugged;
    const status = config.u16(pci.STATUS_REGISTER) & ~pci.STATUS_INTERRUPT;
    config.setU16(pci.STATUS_REGISTER, status | (requested ? pci.STATUS_INTERRUPT : 0));
    const disabled = (config.u16(pci.COMMAND) & pci.COMMAND_INTERRUPT_DISABLE) !== 0;
    const asserts = requested && !disabled && !this.#messages.enabled && this.powerState === 0;
    if (asserts === this.#assertsLine) return;
    this.#assertsLine = asserts;
    this.#site.report({
      kind: 'device-interrupt',
      subject: this.spec.name,
      what: asserts ? 'raise' : 'lower',
      line: this.line,
      message: null,
      vector: null,
    });
    this.#site.interrupts.setLine(this.line, this.spec.name, asserts);
  }

  #actOnReset(): void {
    const at = this.capabilities.express;
    if (at === null) return;
    const control = this.#layout.config.u16(at + pci.EXPRESS_DEVICE_CONTROL);
    if ((control & pci.EXPRESS_INITIATE_FUNCTION_LEVEL_RESET) !== 0) this.reset();
  }

  #dmaRefusal(): DmaTrouble | undefined {
    if (!this.#plugged) return 'unplugged';
    const command = this.#layout.config.u16(pci.COMMAND);
    const mayMaster = (command & pci.COMMAND_BUS_MASTER) !== 0 && this.powerState === 0;
    return mayMaster ? undefined : 'bus-master-off';
  }

  #readWindow(bar: number, offset: number, size: AccessSize): bigint {
    const trouble = this.#windowTrouble(bar, offset, size);
    if (trouble !== undefined) {
      const value = allOnes(size);
      this.#tellAccess({ bar, offset, size, access: 'read', value, trouble });
      return value;
    }
    if (this.#messages.claims(bar, offset)) return this.#messages.read(bar, offset, size);
    return this.#handler?.read(bar, offset, size) ?? allOnes(size);
  }

  #writeWindow(bar: number, offset: number, size: AccessSize, value: bigint): void {
    const trouble = this.#windowTrouble(bar, offset, size);
    if (trouble !== undefined) {
      this.#tellAccess({ bar, offset, size, access: 'write', value, trouble });
    } else if (this.#messages.claims(bar, offset)) {
      this.#messages.write(bar, offset, size, value);
    } else {
      this.#handler?.write(bar, offset, size, value);
    }
  }

  #windowTrouble(bar: number, offset: number, size: AccessSize): RegisterTrouble | undefined {
    if (!this.#plugged) return 'unplugged';
    const length = this.windowOf(bar)?.spec.size ?? 0;
    return offset + size > length ? 'no-such-register' : undefined;
  }

  #tellAccess(access: {
    readonly bar: number;
    readonly offset: number;
    readonly size: number;
    readonly access: 'read' | 'write';
    readonly value: bigint;
    readonly trouble: RegisterTrouble;
  }): void {
    this.#site.report({ kind: 'device-register', subject: this.spec.name, ...access });
  }
}

/** Pins of neighbouring slots are rotated over the bridge's lines (PCI 3.0, 2.2.6). */
function lineOf(spec: PciFunctionSpec, site: FunctionSite): number | null {
  if (spec.lineInterrupt === null) return null;
  const turn = (site.location.device + pinNumber(spec.lineInterrupt) - 1) % LINES_PER_BRIDGE;
  return site.bridge.options.firstLine + turn;
}
