/** What an 82540EM remembers besides its registers. */
import type { DeviceHost } from '../host.ts';

/** Offload settings of the last context descriptor (Intel 317453, 3.3.6). */
export interface TransmitContext {
  ipStart: number;
  ipOffset: number;
  ipEnd: number;
  tuStart: number;
  tuOffset: number;
  tuEnd: number;
  headerBytes: number;
  segmentBytes: number;
  isTcp: boolean;
  isIpv4: boolean;
}

export interface TransmitState {
  /** Buffers of the frame that has begun. */
  parts: Uint8Array[];
  bytes: number;
  /** Packet options of its first data descriptor, and whether it is to be segmented. */
  options: number;
  segment: boolean;
  context: TransmitContext;
  /** After a descriptor that could not be fetched, until transmission is enabled anew. */
  halted: boolean;
  absoluteRuns: boolean;
  /** The transmit timer has been asked for. */
  kicked: boolean;
}

export interface ReceiveState {
  /** The packet buffer: frames no descriptor was free for yet. */
  waiting: Uint8Array[];
  waitingBytes: number;
  halted: boolean;
  absoluteRuns: boolean;
}

export interface PhyState {
  registers: number[];
  linked: boolean;
  /** Link loss that nobody has read yet. */
  lossLatched: boolean;
  held: boolean;
}

export interface MicrowireState {
  selected: boolean;
  clock: boolean;
  bitsIn: number;
  count: number;
  out: number;
  outBits: number;
  address: number;
  dataOut: boolean;
  writeEnabled: boolean;
}

export interface E1000State {
  eeprom: number[];
  microwire: MicrowireState;
  phy: PhyState;
  transmit: TransmitState;
  receive: ReceiveState;
  /** Interrupt causes and mask. */
  causes: number;
  mask: number;
  asserted: boolean;
  /** Virtual time before which the throttle holds back the next interrupt. */
  quietUntil: bigint;
  wasLinked: boolean;
}

export const freshTransmit = (): TransmitState => ({
  parts: [],
  bytes: 0,
  options: 0,
  segment: false,
  context: {
    ipStart: 0,
    ipOffset: 0,
    ipEnd: 0,
    tuStart: 0,
    tuOffset: 0,
    tuEnd: 0,
    headerBytes: 0,
    segmentBytes: 0,
    isTcp: false,
    isIpv4: false,
  },
  halted: false,
  absoluteRuns: false,
  kicked: false,
});

export const freshReceive = (): ReceiveState => ({
  waiting: [],
  waitingBytes: 0,
  halted: false,
  absoluteRuns: false,
});

export const freshMicrowire = (): MicrowireState => ({
  selected: false,
  clock: false,
  bitsIn: 0,
  count: 0,
  out: 0,
  outBits: 0,
  address: 0,
  dataOut: true,
  writeEnabled: false,
});

/** The value of a register of 32 bits. */
export const registerOf = (host: DeviceHost, name: string): number =>
  Number(host.registers.get(name));

export const setRegister = (host: DeviceHost, name: string, value: number): void =>
  host.registers.set(name, BigInt(value >>> 0));

export const isOn = (value: number, bit: number): boolean => (value & bit) !== 0;
