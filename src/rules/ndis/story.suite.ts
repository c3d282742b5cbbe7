/** Makes events for tests of NDIS rules: the life of one adapter, `nic#1`, told routine by routine. */
import type {
  AssignedResource,
  Circumstances,
  MapCall,
  Trouble,
  UnmapMatch,
} from '../../events/event.ts';
import type { MappingFacts } from '../../events/mapping.ts';
import { NULL, pa, va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL, type Irql, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import type { NtStatus } from '../../units/status.ts';
import { BAR, memory, ports, Story, type TestCase } from '../story.suite.ts';

const NIC = 'nic#1';
export const PORT = 0xc000;
export const RESOURCES: readonly AssignedResource[] = [memory(BAR, 0x1_0000), ports(PORT, 0x40)];

type Wish = Partial<Omit<MapCall & MappingFacts, 'physical'>> & { readonly physical?: number };

export class NdisStory extends Story {
  #routine: string | null = null;
  #device = NIC;

  ndis(service: string, maxIrql: Irql | null = PASSIVE_LEVEL, args = {}): this {
    return this.emit({ kind: 'service-enter', service, dll: 'ndis.sys', args, maxIrql }).emit({
      kind: 'service-leave',
      service,
      result: '',
    });
  }

  override load(): this {
    return this.begin('load', null).ndis('NdisMRegisterMiniportDriver').end();
  }

  /** The framework calls a routine of the miniport. */
  enter(routine: string, change: Partial<Circumstances> = {}): this {
    this.#routine = routine;
    this.now({ callback: routine, irql: PASSIVE_LEVEL, ...change });
    return this.emit({ kind: 'callback-enter', routine, subject: this.#device }).at(routine);
  }

  leave(status: NtStatus | null = null): this {
    const routine = this.#routine ?? '';
    this.emit({ kind: 'callback-leave', routine, subject: this.#device, status });
    return this.now({ callback: null, irql: PASSIVE_LEVEL });
  }

  /** A routine of the data path, a DPC, a timer. */
  during(routine: string, irql: Irql = DISPATCH_LEVEL): this {
    return this.enter(routine, { irql });
  }

  initializing(resources = RESOURCES, subject = NIC): this {
    this.#device = subject;
    return this.begin('initialize', subject)
      .emit({ kind: 'resources', subject, resources })
      .emit({ kind: 'adapter-state', subject, state: 'initializing' })
      .enter('MiniportInitializeEx')
      .ndis('NdisMSetMiniportAttributes');
  }

  /** MiniportInitializeEx returns. */
  over(status: NtStatus = NDIS_STATUS.SUCCESS): this {
    return this.leave(status).end(status);
  }

  /** Load and an initialization that maps the registers as mapping 1. */
  running(): this {
    return this.load().initializing().at('NicMap').mem().over();
  }

  halting(reason = 'NdisHaltDeviceStopped', subject = NIC): this {
    this.#device = subject;
    return this.begin('halt', subject)
      .emit({ kind: 'miniport-reason', subject, routine: 'MiniportHaltEx', reason })
      .enter('MiniportHaltEx');
  }

  halted(): this {
    return this.leave().end(null);
  }

  shuttingDown(reason: 'NdisShutdownPowerOff' | 'NdisShutdownBugCheck'): this {
    const irql = reason === 'NdisShutdownBugCheck' ? HIGH_LEVEL : PASSIVE_LEVEL;
    const routine = 'MiniportShutdownEx';
    return this.begin('shutdown', this.#device)
      .emit({ kind: 'miniport-reason', subject: this.#device, routine, reason })
      .enter(routine, { irql });
  }

  gone(): this {
    return this.emit({ kind: 'device-unplugged', subject: this.#device });
  }

  mem(wish: Wish = {}): this {
    const range = { framework: 'ndis', service: 'NdisMMapIoSpace', executable: false } as const;
    return this.map({ length: 0x1_0000, ...range, ...wish });
  }

  memFailed(wish: Wish = {}, status?: NtStatus): this {
    const base = { framework: 'ndis', service: 'NdisMMapIoSpace', length: 0x1_0000 } as const;
    const call = this.call({ ...base, ...wish });
    const answer = status === undefined ? {} : { status };
    return this.emit({ kind: 'map-failed', reason: 'injected', call, ...answer });
  }

  #ports(wish: Wish) {
    return {
      framework: 'ndis',
      service: 'NdisMRegisterIoPortRange',
      origin: 'port',
      space: 'port',
      physical: PORT,
      length: 0x40,
      pages: 0,
      virtual: va(BigInt(wish.physical ?? PORT)),
      ...wish,
    } as const;
  }

  io(wish: Wish = {}): this {
    return this.map(this.#ports(wish));
  }

  ioFailed(wish: Wish = {}): this {
    const call = this.call(this.#ports(wish));
    return this.emit({ kind: 'map-failed', reason: 'injected', call });
  }

  /** The twin of mapping `id` is called. */
  free(id = 1, match: UnmapMatch = 'exact', trouble: readonly Trouble[] = []): this {
    const mapping = this.mapping(id);
    const isPort = mapping.origin === 'port';
    this.emit({
      kind: 'unmap',
      framework: 'ndis',
      service: isPort ? 'NdisMDeregisterIoPortRange' : 'NdisMUnmapIoSpace',
      base: match === 'interior' ? vaAdd(mapping.virtual, 8) : mapping.virtual,
      length: match === 'wrong-length' ? mapping.length / 2 : mapping.length,
      match,
      mapping,
      releasedAt: match === 'already-ended' ? [{ module: 'nic.sys', offset: '0x10' }] : null,
      trouble,
    });
    return match === 'exact' ? this.ended(id) : this;
  }

  freeStray(match: 'null' | 'never-mapped', service = 'NdisMUnmapIoSpace'): this {
    return this.emit({
      kind: 'unmap',
      framework: 'ndis',
      service,
      base: match === 'null' ? NULL : va(0xffff_8000_0000_0000n),
      length: 0x1000,
      match,
      mapping: null,
      releasedAt: null,
    });
  }

  connect(): this {
    return this.emit({ kind: 'interrupt', what: 'connect', subject: this.#device });
  }

  disconnect(): this {
    return this.emit({ kind: 'interrupt', what: 'disconnect', subject: this.#device });
  }

  /** Reads of one register that all give all ones, with so many microseconds of sleep after each. */
  ones(times: number, id = 1, sleeping = 0): this {
    const mapping = this.mapping(id);
    const read = {
      kind: 'access',
      address: mapping.virtual,
      physical: pa(mapping.physical),
      size: 4,
      access: 'read',
      value: 0xffff_ffffn,
      mapping,
      inside: true,
    } as const;
    const sleep = {
      kind: 'service-enter',
      service: 'NdisMSleep',
      dll: 'ndis.sys',
      args: { MicrosecondsToSleep: `0x${sleeping.toString(16)}` },
      maxIrql: PASSIVE_LEVEL,
    } as const;
    for (let i = 0; i < times; i++) {
      this.emit(read);
      if (sleeping > 0) this.emit(sleep);
    }
    return this;
  }

  unloaded(): this {
    return this.begin('unload', null).enter('MiniportDriverUnload').leave().end(null);
  }
}

export interface NdisCase extends Omit<TestCase, 'story'> {
  readonly story: (story: NdisStory) => Story;
}

export const toTestCase = (it: NdisCase): TestCase => ({
  ...it,
  story: () => it.story(new NdisStory()),
});
