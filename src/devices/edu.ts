/** The educational PCI device: identification, liveness, factorials, interrupts and DMA (QEMU docs/specs/edu.rst). */
import { busAddress } from '../units/address.ts';
import { ticks } from '../units/ticks.ts';
import { type DeviceModel, device } from './device.ts';
import type { DeviceHost } from './host.ts';
import type { RegisterRow } from './register.ts';
import * as spec from './spec/edu.ts';

/** The document gives no durations; these let a driver see both the busy and the finished state. */
export const FACTORIAL_TIME = ticks(100n);
export const DMA_TIME = ticks(1_000n);

interface EduState {
  liveness: number;
  factorial: number;
  status: number;
  interrupts: number;
  dmaSource: bigint;
  dmaDestination: bigint;
  dmaCount: bigint;
  dmaCommand: bigint;
  buffer: Uint8Array;
}

/** From 34! on the low 32 bits are zero. */
const FIRST_ZERO_FACTORIAL = 34;

export function factorial32(n: number): number {
  if (n >= FIRST_ZERO_FACTORIAL) return 0;
  let product = 1;
  for (let i = 2; i <= n; i++) product = Math.imul(product, i);
  return product >>> 0;
}

function interrupt(state: EduState, host: DeviceHost, bits: number): void {
  state.interrupts = (state.interrupts | bits) >>> 0;
  if (state.interrupts !== 0) host.raise();
}

function acknowledge(state: EduState, host: DeviceHost, bits: number): void {
  state.interrupts = (state.interrupts & ~bits) >>> 0;
  if (state.interrupts === 0) host.lower();
}

const isSet = (command: bigint, bit: number): boolean => (command & BigInt(bit)) !== 0n;

const LOW_REGISTERS: readonly RegisterRow<EduState>[] = [
  {
    name: 'IDENTIFICATION',
    at: spec.IDENTIFICATION,
    size: 4,
    access: 'ro',
    reset: spec.IDENTIFICATION_VALUE,
    summary: '0xRRrr00ed: major and minor version',
  },
  {
    name: 'LIVENESS',
    at: spec.LIVENESS,
    size: 4,
    access: 'rw',
    summary: 'reads back inverted what was written',
    read: (state) => state.liveness,
    write: (state, value) => {
      state.liveness = ~value >>> 0;
    },
  },
  {
    name: 'FACTORIAL',
    at: spec.FACTORIAL,
    size: 4,
    access: 'rw',
    summary: 'takes n, computes, then holds n! modulo 2^32; ignores writes meanwhile',
    read: (state) => state.factorial,
    write: (state, value, host) => {
      if ((state.status & spec.STATUS_COMPUTING) !== 0) return;
      state.factorial = value;
      state.status |= spec.STATUS_COMPUTING;
      host.after(FACTORIAL_TIME, 'factorial');
    },
  },
  {
    name: 'STATUS',
    at: spec.STATUS,
    size: 4,
    access: 'rw',
    summary: '0x01 computing (read only), 0x80 interrupt when a factorial is done',
    read: (state) => state.status,
    write: (state, value) => {
      const computing = state.status & spec.STATUS_COMPUTING;
      state.status = computing | (value & spec.STATUS_INTERRUPT_FACTORIAL);
    },
  },
  {
    name: 'INTERRUPT_STATUS',
    at: spec.INTERRUPT_STATUS,
    size: 4,
    access: 'ro',
    summary: 'the values that raised the interrupt, or-ed',
    read: (state) => state.interrupts,
  },
  {
    name: 'INTERRUPT_RAISE',
    at: spec.INTERRUPT_RAISE,
    size: 4,
    access: 'wo',
    write: (state, value, host) => interrupt(state, host, value),
  },
  {
    name: 'INTERRUPT_ACKNOWLEDGE',
    at: spec.INTERRUPT_ACKNOWLEDGE,
    size: 4,
    access: 'wo',
    write: (state, value, host) => acknowledge(state, host, value),
  },
];

type DmaField = 'dmaSource' | 'dmaDestination' | 'dmaCount' | 'dmaCommand';

/** DMA registers keep their values while a transfer runs. */
const dmaRegister = (
  row: { readonly name: string; readonly at: number; readonly field: DmaField },
  accept: (value: bigint, host: DeviceHost) => boolean = () => true,
): RegisterRow<EduState> => ({
  name: row.name,
  size: 8,
  at: row.at,
  access: 'rw',
  widths: [4, 8],
  narrow: 'extend',
  read: (state) => state[row.field],
  write: (state, value, host) => {
    if (isSet(state.dmaCommand, spec.DMA_COMMAND_RUN)) return;
    if (accept(value, host)) state[row.field] = value;
  },
});

const DMA_REGISTERS: readonly RegisterRow<EduState>[] = [
  dmaRegister({ name: 'DMA_SOURCE', at: spec.DMA_SOURCE, field: 'dmaSource' }),
  dmaRegister({ name: 'DMA_DESTINATION', at: spec.DMA_DESTINATION, field: 'dmaDestination' }),
  dmaRegister({ name: 'DMA_COUNT', at: spec.DMA_COUNT, field: 'dmaCount' }),
  dmaRegister(
    { name: 'DMA_COMMAND', at: spec.DMA_COMMAND, field: 'dmaCommand' },
    (command, host) => {
      if (!isSet(command, spec.DMA_COMMAND_RUN)) return false;
      host.after(DMA_TIME, 'dma');
      return true;
    },
  ),
];

function finishFactorial(state: EduState, host: DeviceHost): void {
  state.factorial = factorial32(state.factorial);
  state.status &= ~spec.STATUS_COMPUTING;
  if ((state.status & spec.STATUS_INTERRUPT_FACTORIAL) !== 0) {
    interrupt(state, host, spec.INTERRUPT_FACTORIAL);
  }
}

function finishDma(state: EduState, host: DeviceHost, mask: bigint): void {
  transfer(state, host, mask);
  const wantsInterrupt = isSet(state.dmaCommand, spec.DMA_COMMAND_INTERRUPT);
  state.dmaCommand &= ~BigInt(spec.DMA_COMMAND_RUN);
  if (wantsInterrupt) interrupt(state, host, spec.INTERRUPT_DMA);
}

function transfer(state: EduState, host: DeviceHost, mask: bigint): void {
  const toRam = isSet(state.dmaCommand, spec.DMA_COMMAND_TO_RAM);
  const [own, far] = toRam
    ? [state.dmaSource, state.dmaDestination]
    : [state.dmaDestination, state.dmaSource];
  const access = toRam ? 'write' : 'read';
  const told = {
    kind: 'device-dma',
    subject: host.subject,
    access,
    bus: busAddress(Number(far & mask)),
    physical: null,
    length: Number(state.dmaCount),
  } as const;
  const end = own + state.dmaCount;
  const first = BigInt(spec.DMA_BUFFER);
  if (own < first || end > first + BigInt(spec.DMA_BUFFER_BYTES)) {
    host.report({ ...told, trouble: 'outside-device' });
    return;
  }
  if ((far & mask) !== far) host.report({ ...told, trouble: 'address-clamped' });
  const at = Number(own - first);
  if (toRam) host.dma.write(told.bus, state.buffer.slice(at, at + told.length));
  else state.buffer.set(host.dma.read(told.bus, told.length), at);
}

interface EduOptions {
  readonly name?: string;
  /** Address bits the device drives; 28 reach 256 MB. */
  readonly dmaBits?: number;
}

export const eduDevice = ({
  name = 'edu',
  dmaBits = spec.DMA_MASK_BITS,
}: EduOptions = {}): DeviceModel => {
  const mask = (1n << BigInt(Math.min(dmaBits, 52))) - 1n;
  return device<EduState>({
    name,
    summary: 'Educational PCI device: registers, factorials, interrupts, DMA',
    spec: 'QEMU documentation, docs/specs/edu.rst',
    pci: {
      vendorId: spec.VENDOR_ID,
      deviceId: spec.DEVICE_ID,
      classCode: spec.CLASS_CODE,
      revision: spec.REVISION,
      subsystemVendorId: 0x1af4,
      subsystemId: 0x1100,
    },
    bars: [{ index: 0, size: spec.BAR_BYTES, registers: [...LOW_REGISTERS, ...DMA_REGISTERS] }],
    lineInterrupt: 'A',
    msi: { messages: 1 },
    powerManagement: false,
    initialState: () => ({
      liveness: 0,
      factorial: 0,
      status: 0,
      interrupts: 0,
      dmaSource: 0n,
      dmaDestination: 0n,
      dmaCount: 0n,
      dmaCommand: 0n,
      buffer: new Uint8Array(spec.DMA_BUFFER_BYTES),
    }),
    timers: {
      factorial: finishFactorial,
      dma: (state, host) => finishDma(state, host, mask),
    },
  });
};

export const edu = eduDevice();
