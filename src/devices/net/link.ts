/** An Ethernet link in memory: a device at one end, a peer at the other, a record of what was sent. */
import type { DeviceClock, DeviceTimer } from '../../bus/device-clock.ts';
import { badArgument } from '../../units/errors.ts';
import { type Ticks100ns, ticks } from '../../units/ticks.ts';
import { decodeState, encodeState, type Json } from '../plain-state.ts';
import * as ethernet from '../spec/ethernet.ts';
import { addressFor } from './address.ts';
import { PEERS, type PeerName } from './peers.ts';

/** What a device sees of its link. */
export interface NetworkPort {
  /** The address the maker gave the device. */
  readonly mac: Uint8Array;
  readonly up: boolean;
  /** TCP and UDP checksums of what arrives may be left to a driver that has agreed to sum them. */
  readonly partialChecksums: boolean;
  /** Frames go without preamble and check sequence. On a link that is down they are lost. */
  send(frame: Uint8Array): void;
}

/** Frames that arrive by themselves, at times counted from when the device was attached. */
export interface ScriptedPeer {
  readonly frames: readonly { readonly at: Ticks100ns; readonly frame: Uint8Array }[];
  /** What is answered besides; nothing unless said. */
  readonly answers?: PeerName;
}

export interface NetworkOptions {
  /** `answer` unless said otherwise. */
  readonly peer?: PeerName | ScriptedPeer;
  readonly mac?: Uint8Array;
  /** The other end is a guest of the same host, and leaves TCP and UDP checksums to the receiver where a device can say so. */
  readonly partialChecksums?: boolean;
}

/** The link as scenarios and tests see it. */
export interface AttachedLink extends NetworkPort {
  /** Frames the device has sent, oldest first; a bounded number of them is kept. */
  readonly sentFrames: readonly Uint8Array[];
  /** How many it has sent in all. */
  readonly sentCount: number;
  /** Lets a frame arrive at the device as soon as virtual time moves, or `delay` later. */
  injectFrame(frame: Uint8Array, delay?: Ticks100ns): void;
  /** Plugs the cable in or pulls it; what is under way is lost. */
  setCarrier(up: boolean): void;
}

interface LinkSite {
  readonly subject: string;
  readonly clock: DeviceClock;
  deliver(frame: Uint8Array): void;
  carrierChanged(up: boolean): void;
}

/** From the last bit sent to the first bit of the answer. */
export const ANSWER_TIME = ticks(200n);

const MAX_INJECTED_BYTES = 0x1_0000;
const MAX_KEPT_FRAMES = 4096;
const MAX_KEPT_BYTES = 0x80_0000;
const MAX_UNDER_WAY = 1024;

interface UnderWay {
  readonly due: Ticks100ns;
  readonly frame: Uint8Array;
  readonly timer: DeviceTimer;
}

export class FrameLink implements AttachedLink {
  readonly mac: Uint8Array;
  readonly partialChecksums: boolean;
  readonly #site: LinkSite;
  readonly #peer: PeerName;
  #up = true;
  #stopped = false;
  #sent: Uint8Array[] = [];
  #sentBytes = 0;
  #sentCount = 0;
  #underWay: UnderWay[] = [];

  constructor(site: LinkSite, options: NetworkOptions = {}) {
    this.#site = site;
    this.partialChecksums = options.partialChecksums === true;
    this.mac = Uint8Array.from(options.mac ?? addressFor(site.subject));
    if (this.mac.length !== ethernet.ADDRESS_BYTES) {
      throw badArgument(`${site.subject}: an Ethernet address has 6 bytes`);
    }
    const peer = options.peer ?? 'answer';
    this.#peer = typeof peer === 'string' ? peer : (peer.answers ?? 'silent');
    if (typeof peer === 'string') return;
    for (const { at, frame } of peer.frames) this.injectFrame(frame, at);
  }

  get up(): boolean {
    return this.#up && !this.#stopped;
  }

  get sentFrames(): readonly Uint8Array[] {
    return this.#sent;
  }

  get sentCount(): number {
    return this.#sentCount;
  }

  send(frame: Uint8Array): void {
    if (!this.up) return;
    this.#sentCount += 1;
    const kept = this.#sentBytes + frame.length;
    if (this.#sent.length < MAX_KEPT_FRAMES && kept <= MAX_KEPT_BYTES) {
      this.#sent.push(frame.slice());
      this.#sentBytes = kept;
    }
    if (frame.length < ethernet.HEADER_BYTES) return;
    for (const answer of PEERS[this.#peer](frame)) this.#bring(answer, ANSWER_TIME);
  }

  injectFrame(frame: Uint8Array, delay: Ticks100ns = ticks(0n)): void {
    if (frame.length < ethernet.HEADER_BYTES || frame.length > MAX_INJECTED_BYTES) {
      throw badArgument(`a frame of ${frame.length} bytes is no Ethernet frame`);
    }
    this.#bring(frame.slice(), delay);
  }

  setCarrier(up: boolean): void {
    if (this.#stopped || up === this.#up) return;
    if (!up) this.#dropUnderWay();
    this.#up = up;
    this.#site.carrierChanged(up);
  }

  /** The device is gone. */
  stop(): void {
    this.#stopped = true;
    this.#dropUnderWay();
  }

  save(): Json {
    return encodeState({
      up: this.#up,
      sent: this.#sent,
      sentCount: this.#sentCount,
      underWay: this.#underWay.map(({ due, frame }) => ({ due, frame })),
    });
  }

  restore(saved: Json): void {
    const state = decodeState(saved) as {
      readonly up: boolean;
      readonly sent: readonly Uint8Array[];
      readonly sentCount: number;
      readonly underWay: readonly { readonly due: bigint; readonly frame: Uint8Array }[];
    };
    this.#dropUnderWay();
    this.#stopped = false;
    this.#up = state.up;
    this.#sent = [...state.sent];
    this.#sentBytes = state.sent.reduce((bytes, frame) => bytes + frame.length, 0);
    this.#sentCount = state.sentCount;
    for (const { due, frame } of state.underWay) {
      this.#bring(frame, ticks(due - this.#site.clock.now()));
    }
  }

  /** What would make an endless queue is lost, as in a switch. */
  #bring(frame: Uint8Array, delay: Ticks100ns): void {
    if (this.#stopped || this.#underWay.length >= MAX_UNDER_WAY) return;
    const { clock } = this.#site;
    const due = ticks(clock.now() + (delay < 0n ? 0n : delay));
    const timer = clock.after(delay, () => {
      this.#underWay = this.#underWay.filter((other) => other !== entry);
      if (this.up) this.#site.deliver(frame);
    });
    const entry: UnderWay = { due, frame, timer };
    this.#underWay.push(entry);
  }

  #dropUnderWay(): void {
    for (const { timer } of this.#underWay) timer.cancel();
    this.#underWay = [];
  }
}

/** The link of a device that has none. */
export const NO_LINK: NetworkPort = {
  mac: new Uint8Array(ethernet.ADDRESS_BYTES),
  up: false,
  partialChecksums: false,
  send() {},
};
