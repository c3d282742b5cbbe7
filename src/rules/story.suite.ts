/** Makes events for tests of rules: a run told call by call, with the bookkeeping of a ledger. */
import type {
  AssignedResource,
  Circumstances,
  Event,
  EventBody,
  MapCall,
  UnmapMatch,
} from '../events/event.ts';
import type { Stack } from '../events/frame.ts';
import type { MappingFacts } from '../events/mapping.ts';
import { NULL, PAGE_SIZE, pa, spanPages, type Va, va, vaAdd } from '../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../units/irql.ts';
import { type NtStatus, STATUS } from '../units/status.ts';

export const BAR = 0xfebf_0000;
export const RAM = 0x0010_0000;

export const memory = (start: number, length: number, rawStart = start): AssignedResource => ({
  kind: 'memory',
  rawKind: 'memory',
  rawStart,
  start,
  length,
});
export const ports = (start: number, length: number): AssignedResource => ({
  kind: 'port',
  rawKind: 'port',
  rawStart: start,
  start,
  length,
});

type Wish = Partial<Omit<MapCall & MappingFacts, 'physical' | 'rawType'>> & {
  readonly physical?: number;
  readonly rawType?: number;
};

/** A run of one driver, `edu.sys`; the device is `edu#1` unless told otherwise. */
export class Story {
  readonly events: Event[] = [];
  #now: Omit<Circumstances, 'sequence'> = {
    irql: PASSIVE_LEVEL,
    phase: 'load',
    callback: 'DriverEntry',
    device: null,
    process: 4,
    at: [],
  };
  #lastId = 0;
  #subject: string | null = null;

  emit(body: EventBody, change: Partial<Circumstances> = {}): this {
    const sequence = this.events.length + 1;
    this.events.push({ ...this.#now, ...body, ...change, sequence } as Event);
    return this;
  }

  /** Changes the circumstances of what follows. */
  now(change: Partial<Circumstances>): this {
    this.#now = { ...this.#now, ...change };
    return this;
  }

  /** The driver is at this place of its code. */
  at(symbol: string): this {
    const offset = `0x${[...symbol].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 0xffff, 7).toString(16)}`;
    return this.now({ at: [{ module: 'edu.sys', offset, symbol }] });
  }

  begin(phase: string, subject: string | null = 'edu#1'): this {
    this.#subject = subject;
    this.now({ phase, device: subject, callback: CALLBACKS[phase] ?? null, at: [] });
    this.now({ irql: PASSIVE_LEVEL, process: 4 });
    return this.emit({ kind: 'phase-begin', name: phase, subject }).at(phase);
  }

  end(status: NtStatus | null = STATUS.SUCCESS): this {
    this.now({ at: [] });
    const { phase: name } = this.#now;
    return this.emit({
      kind: 'phase-end',
      name,
      subject: this.#subject,
      status,
      instructions: 100,
    });
  }

  /** A whole phase in which nothing of interest happens. */
  pass(phase: string, subject: string | null = 'edu#1', status?: NtStatus): this {
    return this.begin(phase, subject).end(status);
  }

  load(): this {
    return this.pass('load', null);
  }

  /** Begins START: resources are assigned and the bus driver has started the device. */
  starting(
    resources: readonly AssignedResource[] = [memory(BAR, 0x1000)],
    subject = 'edu#1',
    phase = 'start',
  ): this {
    return this.begin(phase, subject)
      .emit({ kind: 'resources', subject, resources })
      .emit({ kind: 'lower-start', subject, status: STATUS.SUCCESS });
  }

  /** Load, AddDevice and a START that maps the device's one page as mapping 1. */
  started(): this {
    return this.load().pass('add-device').starting().at('EduMap').map().end();
  }

  facts(wish: Wish = {}): MappingFacts {
    const physical = pa(wish.physical ?? BAR);
    const length = wish.length ?? 0x1000;
    const id = wish.id ?? this.#lastId + 1;
    const offset = physical % PAGE_SIZE;
    return {
      framework: 'wdm',
      service: 'MmMapIoSpace',
      origin: 'io-space',
      pages: spanPages(offset, length),
      virtual: va(0xffff_f800_1000_4000n + BigInt(id * 0x100_0000 + offset)),
      space: 'system',
      cacheType: 'MmNonCached',
      writable: true,
      executable: true,
      backing: 'device',
      unlocked: false,
      owner: this.#now.device,
      bornIn: this.#now.phase,
      bornAt: this.#now.at,
      ...wish,
      physical,
      length,
      id,
    };
  }

  call(wish: Wish = {}): MapCall {
    return {
      framework: 'wdm',
      service: 'MmMapIoSpace',
      origin: 'io-space',
      cacheType: 'MmNonCached',
      rawType: 0,
      accessMode: wish.space === 'user' ? 'user' : 'kernel',
      mdl: null,
      trouble: [],
      ...wish,
      physical: pa(wish.physical ?? BAR),
      length: wish.length ?? 0x1000,
    };
  }

  map(wish: Wish = {}): this {
    const mapping = this.facts(wish);
    this.#lastId = mapping.id;
    return this.emit({ kind: 'map', mapping, call: this.call(wish) });
  }

  mapFailed(wish: Wish = {}): this {
    return this.emit({ kind: 'map-failed', reason: 'injected', call: this.call(wish) });
  }

  mapping(id: number): MappingFacts {
    for (const event of this.events)
      if (event.kind === 'map' && event.mapping.id === id) return event.mapping;
    throw new Error(`no mapping ${id} in this story`);
  }

  /** A call of an unmap service about mapping `id`; an exact one ends the mapping. */
  unmap(id = 1, match: UnmapMatch = 'exact', service = 'MmUnmapIoSpace'): this {
    const mapping = this.mapping(id);
    const length = match === 'wrong-length' ? mapping.length / 2 : mapping.length;
    this.emit({
      kind: 'unmap',
      framework: 'wdm',
      service,
      base: match === 'interior' ? vaAdd(mapping.virtual, 8) : mapping.virtual,
      length,
      match,
      mapping,
      releasedAt: match === 'already-ended' ? frame('EduUnmap') : null,
    });
    return match === 'exact' ? this.ended(id) : this;
  }

  ended(id: number): this {
    return this.emit({ kind: 'mapping-ended', mapping: this.mapping(id) });
  }

  unmapStray(match: 'null' | 'never-mapped'): this {
    return this.emit({
      kind: 'unmap',
      framework: 'wdm',
      service: 'MmUnmapIoSpace',
      base: match === 'null' ? NULL : va(0xffff_8000_0000_0000n),
      length: 0x1000,
      match,
      mapping: null,
      releasedAt: null,
    });
  }

  /** One register access through a mapping, `inside` the mapped length or not. */
  access(id = 1, inside = true, access: 'read' | 'write' = 'read'): this {
    const mapping = this.mapping(id);
    return this.emit({
      kind: 'access',
      address: vaAdd(mapping.virtual, inside ? 8 : mapping.length + 8),
      physical: mapping.physical,
      size: 4,
      access,
      value: 0n,
      mapping,
      inside,
    });
  }

  port(port: number, claimed = true): this {
    return this.emit({ kind: 'port-access', port, size: 1, access: 'read', value: 0, claimed });
  }

  /** A fault at 8 bytes into mapping `id`, or at `address`. */
  fault(was: 'ended' | 'guard' | 'live' | null, about: number | Va, access?: 'write'): this {
    const mapping = was === null ? null : this.mapping(Number(about));
    return this.emit({
      kind: 'page-fault',
      address: mapping === null ? va(BigInt(about)) : vaAdd(mapping.virtual, 8),
      access: access ?? 'read',
      reason: was === 'live' ? 'write-protected' : 'not-present',
      mapping,
      was,
      description: '',
      releasedAt: was === 'ended' ? frame('EduUnmap') : null,
    });
  }

  request(input = ''): this {
    this.now({ callback: 'Dispatch IRP_MJ_DEVICE_CONTROL' });
    return this.emit({
      kind: 'irp',
      what: 'sent',
      subject: this.#subject,
      name: 'IRP_MJ_DEVICE_CONTROL',
      status: null,
      from: 'user',
      input,
    });
  }

  passedDown(name: string): this {
    return this.emit({
      kind: 'irp',
      what: 'passed-down',
      subject: this.#subject,
      name,
      status: null,
      from: 'system',
    });
  }

  /** The device interrupts: what follows runs in the ISR or the DPC. */
  inside(callback: 'ISR' | 'DPC'): this {
    return this.now({ callback, irql: callback === 'ISR' ? 5 : DISPATCH_LEVEL });
  }
}

const frame = (symbol: string): Stack => [{ module: 'edu.sys', offset: '0x10', symbol }];

const CALLBACKS: Readonly<Record<string, string>> = {
  load: 'DriverEntry',
  'add-device': 'AddDevice',
  start: 'Dispatch IRP_MN_START_DEVICE',
  restart: 'Dispatch IRP_MN_START_DEVICE',
  use: 'Dispatch IRP_MJ_DEVICE_CONTROL',
  stop: 'Dispatch IRP_MN_STOP_DEVICE',
  'surprise-removal': 'Dispatch IRP_MN_SURPRISE_REMOVAL',
  remove: 'Dispatch IRP_MN_REMOVE_DEVICE',
  unload: 'DriverUnload',
};

export interface TestCase {
  /** The claim, as a test name. */
  readonly name: string;
  readonly story: (story: Story) => Story;
  /** Ids of all findings of all rules, in order; none for a right driver. */
  readonly finds: readonly string[];
  /** Rules that this trace shows to stay silent where they might be thought to fire. */
  readonly silent?: readonly string[];
  readonly profile?: 'verifier';
}
