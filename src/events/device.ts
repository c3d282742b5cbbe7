/** What virtual hardware did, as plain data: register accesses it refused, DMA, interrupts, arrival and loss. */
import type { BusAddress, Pa } from '../units/address.ts';

/** Why a device did not act on an access as asked. */
export type RegisterTrouble =
  | 'no-such-register'
  /** a register lies there, but not for this width or alignment */
  | 'width'
  | 'read-only'
  | 'write-only'
  /** a sparse memory model has reached its bound */
  | 'memory-full'
  /** in a low-power state, decoding off, or gone */
  | 'asleep'
  | 'unplugged';

export type DmaTrouble =
  | 'bus-master-off'
  | 'outside-ram'
  | 'too-long'
  /** the device's own memory does not hold the range */
  | 'outside-device'
  /** the address has more bits than the device drives; it uses the low ones */
  | 'address-clamped'
  | 'unplugged';

export type DeviceEvent =
  | {
      readonly kind: 'device-register';
      readonly subject: string;
      /** Index of the base address register. */
      readonly bar: number;
      readonly offset: number;
      readonly size: number;
      readonly access: 'read' | 'write';
      readonly value: bigint;
      readonly trouble: RegisterTrouble;
    }
  | {
      readonly kind: 'device-dma';
      readonly subject: string;
      /** `read`: from memory to the device. */
      readonly access: 'read' | 'write';
      readonly bus: BusAddress;
      /** Where the bridge forwards it, or null when it forwards nowhere. */
      readonly physical: Pa | null;
      readonly length: number;
      readonly trouble: DmaTrouble | null;
    }
  | {
      readonly kind: 'device-interrupt';
      readonly subject: string;
      readonly what: 'raise' | 'lower' | 'message';
      /** Interrupt line, for `raise` and `lower`. */
      readonly line: number | null;
      /** Message number, for `message`. */
      readonly message: number | null;
      /** The processor's vector, or null when nothing is delivered. */
      readonly vector: number | null;
    }
  | {
      readonly kind: 'device-window';
      readonly subject: string;
      readonly bar: number;
      readonly what: 'opened' | 'closed' | 'conflict' | 'not-forwarded';
      readonly space: 'memory' | 'port';
      /** CPU physical address, or port number. */
      readonly start: number;
      readonly length: number;
    }
  | {
      /** A driver did what the device's specification forbids; the device may not go on as asked. */
      readonly kind: 'device-misuse';
      readonly subject: string;
      /** Which kind of mistake, such as `descriptor-loop`. */
      readonly problem: string;
      readonly detail: string;
    }
  | { readonly kind: 'device-unplugged'; readonly subject: string };

export type DeviceEventSink = (event: DeviceEvent) => void;
