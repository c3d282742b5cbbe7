/** An adapter of a miniport driver in the hands of a test: each phase is a plain call that ends when the driver has answered. */
import type { Adapter, AdapterState } from '../frameworks/ndis/adapter.ts';
import type { HaltAction, ShutdownAction } from '../frameworks/ndis/constants.ts';
import { hearsOfBugChecks } from '../frameworks/ndis/life-cycle.ts';
import { models } from '../frameworks/ndis/models.ts';
import type { OidAnswer } from '../frameworks/ndis/oid-requests.ts';
import { OID, type OidName, oidNamed } from '../frameworks/ndis/oids.ts';
import type { SendRound } from '../frameworks/ndis/send-round.ts';
import type { Blocking } from '../kernel/effects.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Va } from '../units/address.ts';
import { badArgument } from '../units/errors.ts';
import { isSuccess, type NtStatus } from '../units/status.ts';
import { setFilters } from './ndis-oids.ts';
import {
  adapterOf,
  type Card,
  haltFor,
  initializeAgain,
  type NdisLife,
  type PluggedIn,
  type PowerState,
  pause,
  plugIn,
  power,
  pullOut,
  remove,
  reset,
  restart,
  shutdown,
  startElsewhere,
  stop,
  withAdapter,
} from './ndis-steps.ts';
import { receiveFrames, type SentRound, sendRound, untilLinkUp } from './ndis-transfer.ts';
import type { Plugged } from './plugged.ts';

/** How frames are handed over; as one MDL each, at PASSIVE_LEVEL, unless said otherwise. */
export type SendOptions = Partial<Pick<SendRound, 'shape' | 'atDispatch' | 'frameType'>>;

/** Bytes that hold the answer to any OID that has no list of its own length. */
const ANSWER_BYTES = 1024;

interface Site {
  readonly life: NdisLife;
  readonly driver: Va;
  readonly plugged: Plugged;
  /** A miniport of NDIS 5.1. */
  readonly isLegacy: boolean;
}

/**
 * The states are those of "Miniport Adapter States and Operations": `initialize` leaves an adapter of NDIS 6
 * paused, `restart` makes it run, and it is paused again before it is halted. One of NDIS 5.1 has neither
 * `pause` nor `restart`: it runs from `initialize` to `halt`, whose reason it is not told. A call that is
 * not for the present state throws a `HostError` and the driver hears nothing.
 */
export class NdisAdapter {
  readonly #site: Site;
  /** The driver's device, from AddDevice to REMOVE. */
  #card: Card | null = null;
  #isLost = false;
  /** A protocol, or the test, has said which frames it wants. */
  #hasFilter = false;

  constructor(site: Site) {
    this.#site = site;
  }

  /** As events name it: `e1000#1`. */
  get subject(): string {
    return this.#site.plugged.subject;
  }

  get state(): AdapterState {
    return this.#adapter?.state ?? 'halted';
  }

  /** From `initialize` until the device is removed; a halt for another reason leaves it there. */
  get isThere(): boolean {
    return this.#card !== null;
  }

  /**
   * MiniportInitializeEx, and what comes before it: AddDevice and START for a new or removed device, START
   * at other addresses after NdisHaltDeviceStopped, nothing after the other halts. A device whose miniport
   * refuses is removed.
   */
  initialize(): NtStatus {
    this.#expect('initialize', 'halted');
    this.#hasFilter = false;
    const { card, status } = this.#run(this.#initializing());
    this.#card = isSuccess(status) ? card : null;
    return status;
  }

  *#initializing(): Blocking<PluggedIn> {
    const { life, driver, plugged } = this.#site;
    const card = this.#card;
    if (card === null) return yield* plugIn(life, driver, plugged);
    const again = card.node.state === 'stopped' ? startElsewhere : initializeAgain;
    return { card, status: yield* again(card) };
  }

  /** MiniportRestart. Not with NDIS 5.1. */
  restart(): NtStatus {
    this.#onlyNdis6('restart');
    return this.#run(restart(this.#expectCard('restart', 'paused')));
  }

  /** MiniportPause, until the miniport has completed it. Not with NDIS 5.1. */
  pause(): NtStatus {
    this.#onlyNdis6('pause');
    return this.#run(pause(this.#expectCard('pause', 'running')));
  }

  /**
   * MiniportHaltEx for the reason given. NdisHaltDeviceDisabled removes the device, also one that is halted
   * already; NdisHaltDeviceStopped stops it, and `initialize` starts it at other addresses.
   */
  halt(
    action: Exclude<HaltAction, 'NdisHaltDeviceSurpriseRemoved'> = 'NdisHaltDeviceDisabled',
  ): void {
    const isRemoval = action === 'NdisHaltDeviceDisabled';
    const idle = this.#site.isLegacy ? 'running' : 'paused';
    const card = this.#expectCard('halt', idle, ...(isRemoval ? (['halted'] as const) : []));
    if (isRemoval) {
      this.#run(remove(card));
      this.#card = null;
    } else if (action === 'NdisHaltDeviceStopped') this.#run(stop(card));
    else this.#run(haltFor(card, action));
  }

  /** MiniportCheckForHangEx and MiniportResetEx; what a protocol set is set again where the miniport asks for it. */
  reset(): NtStatus {
    return this.#run(reset(this.#expectCard('reset', 'running')));
  }

  /** The system sleeps (`D3`) or wakes (`D0`): pause, then OID_PNP_SET_POWER or a halt; `state` tells what came of it. */
  setPower(state: PowerState): void {
    const card =
      state === 'D0' ? this.#expectAsleep() : this.#expectCard('setPower', 'running', 'paused');
    this.#run(power(card, [state]));
    if (this.state === 'halted' && !this.#site.isLegacy) this.#hasFilter = false;
  }

  /** Sets lookahead, multicast list and packet filter as a protocol does when it binds. */
  bind(): void {
    this.#use('bind', ['running'], (adapter, kernel) => setFilters(kernel, adapter));
    this.#hasFilter = true;
  }

  /** Hands the frames over together, each in a NET_BUFFER_LIST or packet of its own, and waits until all are completed. */
  send(frames: readonly Uint8Array[], options: SendOptions = {}): SentRound {
    const { network: link } = this.#site.plugged;
    const lists = frames.map((frame) => [frame]);
    const round: SendRound = { shape: 'one-mdl', atDispatch: false, ...options, lists };
    return this.#use('send', ['running'], function* (adapter, kernel) {
      yield* untilLinkUp(adapter, link);
      if (link !== undefined) return yield* sendRound(kernel, adapter, link, round);
      return { statuses: yield* models(adapter).send(kernel, adapter, round), onLink: [] };
    });
  }

  /** Has the link bring a frame, and gives what the driver indicated then. */
  receive(frame: Uint8Array): readonly Uint8Array[] {
    const { network: link } = this.#site.plugged;
    if (link === undefined) throw badArgument(`receive: ${this.subject} has no link`);
    this.#expect('receive', 'running');
    if (!this.#hasFilter) {
      throw badArgument(`receive: ${this.subject} has no packet filter; bind() first`);
    }
    return this.#use('receive', ['running'], function* (adapter, kernel) {
      yield* untilLinkUp(adapter, link);
      return yield* receiveFrames(kernel, adapter, link, [frame]);
    });
  }

  /** Asks the miniport for an object, by name or number, with a buffer of that many bytes. */
  query(oid: OidName | number, bufferLength = ANSWER_BYTES): OidAnswer {
    const id = oidNamed(oid);
    return this.#use('query', ['running', 'paused'], (adapter, kernel) =>
      models(adapter).query(kernel, adapter, id, bufferLength),
    );
  }

  /** Has the miniport set an object. */
  set(oid: OidName | number, value: Uint8Array): OidAnswer {
    const id = oidNamed(oid);
    const answer = this.#use('set', ['running', 'paused'], (adapter, kernel) =>
      models(adapter).set(kernel, adapter, id, value),
    );
    if (id === OID.GEN_CURRENT_PACKET_FILTER && isSuccess(answer.status)) this.#hasFilter = true;
    return answer;
  }

  /** Pulls the hardware out and tells the driver: MiniportDevicePnPEventNotify, then a halt. It does not come back. */
  surpriseRemove(): void {
    const card = this.#card;
    if (card === null || this.state === 'shutdown')
      throw this.#wrong('surpriseRemove', ['running']);
    this.#run(pullOut(card));
    this.#card = null;
    this.#isLost = true;
  }

  /** MiniportShutdownEx: the system goes down, and nothing follows, neither a halt nor an unload. */
  shutdown(action: ShutdownAction = 'NdisShutdownPowerOff'): void {
    const card = this.#expectCard('shutdown', 'running', 'paused');
    const adapter = adapterOf(card);
    const isDeaf = adapter !== undefined && !hearsOfBugChecks(adapter);
    if (action === 'NdisShutdownBugCheck' && isDeaf) {
      throw badArgument(`shutdown: ${this.subject} did not ask to be told of bug checks`);
    }
    this.#run(shutdown(card, action));
  }

  get #adapter(): Adapter | undefined {
    return this.#card === null ? undefined : adapterOf(this.#card);
  }

  #run<T>(body: Blocking<T>): T {
    return this.#site.life.machine.run('PnP manager', () => body);
  }

  /** A phase in which protocols use the adapter. */
  #use<T>(
    verb: string,
    states: readonly AdapterState[],
    body: (adapter: Adapter, kernel: Kernel) => Blocking<T>,
  ): T {
    const result = this.#run(withAdapter(this.#expectCard(verb, ...states), 'use', body));
    if (result === null) throw this.#wrong(verb, states);
    return result;
  }

  #onlyNdis6(verb: string): void {
    if (!this.#site.isLegacy) return;
    throw badArgument(
      `${verb}: a miniport of NDIS 5.1 knows no ${verb}; it runs from initialize() to halt()`,
    );
  }

  #expect(verb: string, ...states: readonly AdapterState[]): void {
    const isAsleep = this.#adapter?.lowPower === true;
    if (this.#isLost || isAsleep || !states.includes(this.state)) throw this.#wrong(verb, states);
  }

  #expectCard(verb: string, ...states: readonly AdapterState[]): Card {
    this.#expect(verb, ...states);
    if (this.#card === null) throw this.#wrong(verb, states);
    return this.#card;
  }

  #expectAsleep(): Card {
    if (this.#card !== null && this.#adapter?.lowPower) return this.#card;
    throw badArgument(`setPower: ${this.subject} is not asleep`);
  }

  #wrong(verb: string, states: readonly AdapterState[]) {
    return badArgument(`${verb}: ${this.subject} ${this.#hint(states)}`);
  }

  /** What is in the way, and the call that is due instead. */
  #hint(wanted: readonly AdapterState[]): string {
    if (this.#isLost) return 'was pulled out';
    if (this.#adapter?.lowPower) return "is asleep; setPower('D0') first";
    switch (this.state) {
      case 'halted':
        return 'is halted; initialize() first';
      case 'paused':
        return `is paused; ${wanted.includes('running') ? 'restart' : 'halt'}() first`;
      case 'running':
        return `is running; ${this.#site.isLegacy ? 'halt' : 'pause'}() first`;
      case 'shutdown':
        return 'is shut down; nothing follows';
      default:
        return `is ${this.state}`;
    }
  }
}
