/** A device at work: routes accesses to register rows, keeps plain state, timers and chance, and tells what it refuses. */
import type { DeviceClock, DeviceTimer } from '../bus/device-clock.ts';
import type { DmaPort } from '../bus/dma.ts';
import type { PciHandler } from '../bus/function-spec.ts';
import { allOnes } from '../bus/port-space.ts';
import type { DeviceEventSink, RegisterTrouble } from '../events/device.ts';
import type { AccessSize } from '../memory/physical.ts';
import { assert, badArgument } from '../units/errors.ts';
import { type Ticks100ns, ticks } from '../units/ticks.ts';
import type { DeviceDeclaration, RegisterPolicy } from './declaration.ts';
import { deviceMemory } from './device-memory.ts';
import type { DeviceHost } from './host.ts';
import { type AttachedLink, FrameLink, type NetworkOptions, NO_LINK } from './net/link.ts';
import { decodeState, encodeState, type Json } from './plain-state.ts';
import { SeededRandom, seedFor } from './random.ts';
import { readRow, writeRow } from './register.ts';
import { extract, RegisterFile } from './register-file.ts';
import { SparseBytes } from './sparse-bytes.ts';

/** A read about to be answered. */
interface RegisterRead {
  readonly subject: string;
  readonly bar: number;
  readonly offset: number;
  readonly size: AccessSize;
}

/** What an instance is wired to. */
export interface InstanceSite {
  readonly subject: string;
  readonly seed: number;
  readonly clock: DeviceClock;
  readonly dma: DmaPort;
  /** Bytes behind a BAR that is backed by memory. */
  readonly memory?: ((bar: number) => Uint8Array | undefined) | undefined;
  readonly report: DeviceEventSink;
  raise(): void;
  lower(): void;
  message(n: number): boolean;
  /** Whether messages are on; never, unless said. */
  readonly messagesOn?: (() => boolean) | undefined;
  /** False in a low-power state, in which no frame is received; always awake unless said. */
  readonly awake?: (() => boolean) | undefined;
  readonly network?: NetworkOptions | undefined;
  /** Answers a read in the device's stead: how an explorer tries register values. */
  readonly answer?: ((read: RegisterRead) => bigint | undefined) | undefined;
}

/** Everything a device remembers, as JSON. */
export interface DeviceSnapshot {
  readonly state: Json;
  readonly bars: readonly {
    readonly index: number;
    readonly registers: Json;
    readonly memory: Json;
  }[];
  readonly random: number;
  /** Waiting timers and when they are due, in 100 ns of the virtual clock, as decimal text. */
  readonly timers: readonly { readonly name: string; readonly due: string }[];
  /** The link and what is under way on it, for a device that has one. */
  readonly network?: Json;
}

export interface DeviceInstance extends PciHandler {
  /** The other end of its Ethernet link, for a device that has one. */
  readonly network: AttachedLink | undefined;
  snapshot(): DeviceSnapshot;
  restore(snapshot: DeviceSnapshot): void;
  /** Nothing of it happens any more. */
  stop(): void;
}

interface Waiting {
  readonly due: Ticks100ns;
  readonly timer: DeviceTimer;
}

interface Range<State> {
  readonly registers: RegisterFile<State>;
  readonly memory: SparseBytes;
  readonly policy: RegisterPolicy | undefined;
}

class Instance<State extends object> implements DeviceInstance {
  readonly #declaration: DeviceDeclaration<State>;
  readonly #site: InstanceSite;
  readonly #ranges = new Map<number, Range<State>>();
  readonly #random: SeededRandom;
  readonly #waiting = new Map<string, Waiting>();
  readonly #host: DeviceHost;
  readonly #link: FrameLink | undefined;
  #state: State;

  constructor(declaration: DeviceDeclaration<State>, site: InstanceSite) {
    this.#declaration = declaration;
    this.#site = site;
    this.#random = new SeededRandom(seedFor(site.seed, site.subject));
    for (const bar of declaration.bars) {
      this.#ranges.set(bar.index, {
        registers: new RegisterFile(bar.registers ?? []),
        memory: new SparseBytes(),
        policy: bar.elsewhere,
      });
    }
    this.#link = this.#makeLink();
    this.#host = this.#makeHost();
    this.#state = declaration.initialState();
    declaration.onReset?.(this.#state, this.#host);
  }

  get network(): AttachedLink | undefined {
    return this.#link;
  }

  read(bar: number, offset: number, size: AccessSize): bigint {
    const answered = this.#site.answer?.({ subject: this.#site.subject, bar, offset, size });
    if (answered !== undefined) return BigInt.asUintN(size * 8, answered);
    const range = this.#range(bar);
    const found = range.registers.find(offset, size, 'read');
    if ('trouble' in found) return this.#readElsewhere(range, bar, offset, size, found.trouble);
    const { row, skip } = found;
    const stored = range.registers.get(row.name);
    const whole = readRow(row, this.#state, this.#host, stored);
    if (row.access === 'rc') range.registers.set(row.name, 0n);
    return extract(whole, skip, size);
  }

  write(bar: number, offset: number, size: AccessSize, value: bigint): void {
    const range = this.#range(bar);
    const found = range.registers.find(offset, size, 'write');
    if ('trouble' in found) {
      this.#writeElsewhere(range, bar, offset, size, value, found.trouble);
      return;
    }
    const written = range.registers.accept(found, size, value);
    writeRow(found.row, this.#state, written, this.#host, { skip: found.skip, size });
  }

  reset(): void {
    this.#cancelAll();
    this.#resetRegisters();
    for (const { memory } of this.#ranges.values()) memory.clear();
    this.#state = this.#declaration.initialState();
    this.#declaration.onReset?.(this.#state, this.#host);
  }

  stop(): void {
    this.#cancelAll();
    this.#link?.stop();
  }

  snapshot(): DeviceSnapshot {
    return {
      state: encodeState(this.#state),
      bars: [...this.#ranges].map(([index, { registers, memory }]) => ({
        index,
        registers: encodeState(registers.save()),
        memory: encodeState(memory.save()),
      })),
      random: this.#random.state,
      timers: [...this.#waiting].map(([name, { due }]) => ({ name, due: due.toString() })),
      ...(this.#link === undefined ? {} : { network: this.#link.save() }),
    };
  }

  restore(snapshot: DeviceSnapshot): void {
    this.#cancelAll();
    this.#state = decodeState(snapshot.state) as State;
    for (const { index, registers, memory } of snapshot.bars) {
      const range = this.#range(index);
      range.registers.restore(decodeState(registers) as Record<string, bigint>);
      range.memory.restore(decodeState(memory) as Record<string, Uint8Array>);
    }
    this.#random.state = snapshot.random;
    for (const { name, due } of snapshot.timers) {
      this.#schedule(name, ticks(BigInt(due) - this.#site.clock.now()));
    }
    if (snapshot.network !== undefined) this.#link?.restore(snapshot.network);
  }

  #cancelAll(): void {
    for (const name of [...this.#waiting.keys()]) this.#cancel(name);
  }

  #resetRegisters(): void {
    for (const { registers } of this.#ranges.values()) registers.reset();
  }

  #range(bar: number): Range<State> {
    const range = this.#ranges.get(bar);
    assert(range !== undefined, `${this.#site.subject} has no BAR ${bar}`);
    return range;
  }

  #readElsewhere(
    range: Range<State>,
    bar: number,
    offset: number,
    size: AccessSize,
    trouble: RegisterTrouble,
  ): bigint {
    if (range.policy !== undefined && trouble === 'no-such-register') {
      return this.#readByPolicy(range.policy, range.memory, offset, size);
    }
    const value = allOnes(size);
    this.#tell({ bar, offset, size, access: 'read', value, trouble });
    return value;
  }

  #readByPolicy(
    policy: RegisterPolicy,
    memory: SparseBytes,
    offset: number,
    size: AccessSize,
  ): bigint {
    switch (policy) {
      case 'zeros':
        return 0n;
      case 'ones':
        return allOnes(size);
      case 'last-write':
        return memory.read(offset, size);
      case 'seeded': {
        const low = BigInt(this.#random.next());
        const high = size === 8 ? BigInt(this.#random.next()) << 32n : 0n;
        return BigInt.asUintN(size * 8, high | low);
      }
    }
  }

  #writeElsewhere(
    range: Range<State>,
    bar: number,
    offset: number,
    size: AccessSize,
    value: bigint,
    trouble: RegisterTrouble,
  ): void {
    const told = { bar, offset, size, access: 'write', value } as const;
    if (range.policy === undefined || trouble !== 'no-such-register') {
      this.#tell({ ...told, trouble });
    } else if (range.policy === 'last-write' && !range.memory.write(offset, size, value)) {
      this.#tell({ ...told, trouble: 'memory-full' });
    }
  }

  #tell(access: {
    readonly bar: number;
    readonly offset: number;
    readonly size: number;
    readonly access: 'read' | 'write';
    readonly value: bigint;
    readonly trouble: RegisterTrouble;
  }): void {
    this.#site.report({ kind: 'device-register', subject: this.#site.subject, ...access });
  }

  #schedule(name: string, delay: Ticks100ns): void {
    if (typeof delay !== 'bigint') {
      throw badArgument(`after() takes ticks of 100 ns, such as ticks(500n), not ${String(delay)}`);
    }
    const handler = this.#declaration.timers?.[name];
    if (handler === undefined) {
      throw badArgument(`${this.#declaration.name} declares no timer ${name}`);
    }
    this.#cancel(name);
    const { clock } = this.#site;
    const timer = clock.after(delay, () => {
      this.#waiting.delete(name);
      handler(this.#state, this.#host);
    });
    this.#waiting.set(name, { due: ticks(clock.now() + delay), timer });
  }

  #cancel(name: string): void {
    this.#waiting.get(name)?.timer.cancel();
    this.#waiting.delete(name);
  }

  #fileOf(name: string): RegisterFile<State> {
    const range = [...this.#ranges.values()].find(({ registers }) => registers.has(name));
    if (range === undefined) {
      throw badArgument(`${this.#declaration.name} declares no register ${name}`);
    }
    return range.registers;
  }

  #makeLink(): FrameLink | undefined {
    const { network } = this.#declaration;
    const { subject, clock, awake = () => true, network: options } = this.#site;
    if (network === undefined) return undefined;
    return new FrameLink(
      {
        subject,
        clock,
        deliver: (frame) => {
          if (awake()) network.receive(this.#state, frame, this.#host);
        },
        carrierChanged: (up) => network.carrier(this.#state, up, this.#host),
      },
      options,
    );
  }

  #makeHost(): DeviceHost {
    const site = this.#site;
    return {
      subject: site.subject,
      raise: () => site.raise(),
      lower: () => site.lower(),
      message: (n) => site.message(n),
      messagesOn: () => site.messagesOn?.() ?? false,
      dma: site.dma,
      after: (delay, timer) => this.#schedule(timer, delay),
      cancel: (timer) => this.#cancel(timer),
      now: () => site.clock.now(),
      random: () => this.#random.next(),
      registers: {
        get: (name) => this.#fileOf(name).get(name),
        set: (name, value) => this.#fileOf(name).set(name, value),
        reset: () => this.#resetRegisters(),
      },
      own: {
        read: (bar, offset, size) => this.read(bar, offset, size),
        write: (bar, offset, size, value) => this.write(bar, offset, size, value),
      },
      memory: deviceMemory({
        ...this.#declaration,
        ram: (bar) => site.memory?.(bar),
        kept: (bar) => this.#range(bar).memory,
      }),
      network: this.#link ?? NO_LINK,
      misuse: (problem, detail) =>
        site.report({ kind: 'device-misuse', subject: site.subject, problem, detail }),
      report: site.report,
    };
  }
}

/** Puts a device of the declaration to work at a site. */
export const createInstance = <State extends object>(
  declaration: DeviceDeclaration<State>,
  site: InstanceSite,
): DeviceInstance => new Instance(declaration, site);
