/** What a device model may ask of the machine it sits in: interrupts, memory, time, chance; never its own place. */
import type { DmaPort } from '../bus/dma.ts';
import type { DeviceEventSink } from '../events/device.ts';
import type { AccessSize } from '../memory/physical.ts';
import type { Ticks100ns } from '../units/ticks.ts';
import type { DeviceMemory } from './device-memory.ts';
import type { NetworkPort } from './net/link.ts';

export interface DeviceHost {
  /** This device's name in events. */
  readonly subject: string;
  /** Asserts the interrupt line, or sends message 0 while messages are on. */
  raise(): void;
  lower(): void;
  /** Sends message `n`; false while messages are off. */
  message(n: number): boolean;
  /** Whether messages are on and replace the interrupt line. */
  messagesOn(): boolean;
  readonly dma: DmaPort;
  /** Runs a handler of the declaration's `timers` later; asking again for one that waits moves it. */
  after(delay: Ticks100ns, timer: string): void;
  cancel(timer: string): void;
  now(): Ticks100ns;
  /** The next of a seeded sequence, unsigned 32-bit. */
  random(): number;
  /** Kept values of registers without handlers, by name. */
  readonly registers: {
    get(name: string): bigint;
    set(name: string, value: bigint): void;
    /** All of them back to their reset values. */
    reset(): void;
  };
  /** The device's own registers as an access from outside finds them: for windows onto registers. */
  readonly own: {
    read(bar: number, offset: number, size: AccessSize): bigint;
    write(bar: number, offset: number, size: AccessSize, value: bigint): void;
  };
  /** Memory behind a BAR: one of `backing: 'ram'`, or what was written where it keeps the last write. */
  readonly memory: DeviceMemory;
  /** The Ethernet link of a device that declares `network`; of any other it is down and carries nothing. */
  readonly network: NetworkPort;
  /** Says that the driver did what the device's specification forbids: a remark in the report. */
  misuse(problem: string, detail: string): void;
  readonly report: DeviceEventSink;
}
