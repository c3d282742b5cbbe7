/** Everything that can happen in a run, as plain data. Rules, traces and reports see events and nothing else. */
import type { Pa, Va } from '../units/address.ts';
import type { FaultReason } from '../units/fault.ts';
import type { Irql } from '../units/irql.ts';
import type { NtStatus } from '../units/status.ts';
import type { Stack } from './frame.ts';
import type { CacheType, Framework, MappingFacts, Origin } from './mapping.ts';

/** Known of every event: when, where and for whom it happened. */
export interface Circumstances {
  /** Position in the run, from 1. */
  readonly sequence: number;
  readonly irql: Irql;
  /** Life-cycle phase, such as `start`. */
  readonly phase: string;
  /** Innermost driver routine running, such as `Dispatch IRP_MN_START_DEVICE` or `ISR`. */
  readonly callback: string | null;
  /** Device the routine runs for, such as `edu#1`, or null. */
  readonly device: string | null;
  /** Identity of the process whose address space is current. */
  readonly process: number;
  readonly at: Stack;
}

export type ResourceKind =
  | 'memory'
  | 'memory-large'
  | 'port'
  | 'interrupt'
  | 'message-interrupt'
  | 'bus-number';

/** One assigned resource, raw and translated. For interrupts `start` is the vector. */
export interface AssignedResource {
  readonly kind: ResourceKind;
  readonly rawStart: number;
  readonly rawKind: ResourceKind;
  readonly start: number;
  readonly length: number;
}

/** How the range given to an unmap service relates to the ledger. */
export type UnmapMatch =
  /** base and (where the service takes one) length are those of one live mapping of a twin service */
  | 'exact'
  | 'wrong-length'
  | 'interior'
  /** a live mapping, but made by a service whose release is another one */
  | 'foreign'
  | 'already-ended'
  | 'never-mapped'
  | 'null';

export type EventBody =
  | { readonly kind: 'phase-begin'; readonly name: string; readonly subject: string | null }
  | {
      readonly kind: 'phase-end';
      readonly name: string;
      readonly subject: string | null;
      readonly status: NtStatus | null;
      readonly instructions: number;
    }
  | { readonly kind: 'callback-enter'; readonly routine: string; readonly subject: string | null }
  | {
      readonly kind: 'callback-leave';
      readonly routine: string;
      readonly subject: string | null;
      readonly status: NtStatus | null;
    }
  | {
      readonly kind: 'service-enter';
      readonly service: string;
      readonly dll: string;
      readonly args: Readonly<Record<string, string>>;
      /** Highest IRQL documented for this call, or null where the documentation sets none. */
      readonly maxIrql: Irql | null;
    }
  | { readonly kind: 'service-leave'; readonly service: string; readonly result: string }
  | { readonly kind: 'irql'; readonly from: Irql; readonly to: Irql }
  | { readonly kind: 'map'; readonly mapping: MappingFacts; readonly call: MapCall }
  | { readonly kind: 'map-failed'; readonly reason: string; readonly call: MapCall }
  | {
      readonly kind: 'unmap';
      readonly framework: Framework;
      readonly service: string;
      readonly base: Va;
      /** Bytes given, or null when the service takes none. */
      readonly length: number | null;
      readonly match: UnmapMatch;
      /** The live mapping that the address lies in, or the ended one that it once lay in. */
      readonly mapping: MappingFacts | null;
      /** For `already-ended`: the stack of the release. */
      readonly releasedAt: Stack | null;
    }
  /** The last page of a mapping is gone. */
  | { readonly kind: 'mapping-ended'; readonly mapping: MappingFacts }
  | {
      readonly kind: 'access';
      readonly address: Va;
      readonly physical: Pa;
      readonly size: number;
      readonly access: 'read' | 'write';
      readonly value: bigint;
      readonly mapping: MappingFacts | null;
      /** False when the access touches bytes of the page outside the mapped length. */
      readonly inside: boolean;
    }
  | {
      readonly kind: 'port-access';
      readonly port: number;
      readonly size: number;
      readonly access: 'read' | 'write';
      readonly value: number;
      /** True when some device or the platform answers this port. */
      readonly claimed: boolean;
    }
  | {
      readonly kind: 'page-fault';
      readonly address: Va;
      readonly access: 'read' | 'write' | 'execute';
      readonly reason: FaultReason;
      /** The mapping that once covered the address, or whose guard page it hit. */
      readonly mapping: MappingFacts | null;
      readonly was: 'ended' | 'guard' | 'live' | null;
      /** In words: what lies or lay at the address. */
      readonly description: string;
      /** The stack that released the mapping, when it has ended. */
      readonly releasedAt: Stack | null;
    }
  | {
      readonly kind: 'resources';
      readonly subject: string;
      readonly resources: readonly AssignedResource[];
    }
  /** The bus driver below completed START for this device. */
  | { readonly kind: 'lower-start'; readonly subject: string; readonly status: NtStatus }
  | {
      readonly kind: 'irp';
      readonly what: 'sent' | 'completed' | 'passed-down';
      readonly subject: string | null;
      readonly name: string;
      readonly status: NtStatus | null;
      /** Where it came from: the PnP manager, a user-mode caller, another driver. */
      readonly from: 'system' | 'user' | 'driver';
      /** Input bytes of a user's request, in hex. */
      readonly input?: string;
    }
  | {
      readonly kind: 'interrupt';
      readonly what: 'connect' | 'disconnect';
      readonly subject: string | null;
    }
  | {
      readonly kind: 'device-object';
      readonly what: 'create' | 'delete' | 'attach' | 'detach';
      readonly subject: string | null;
    }
  | {
      readonly kind: 'mdl';
      readonly what:
        | 'allocate'
        | 'build'
        | 'lock'
        | 'unlock'
        | 'free'
        | 'allocate-io-space'
        | 'failed';
      readonly mdl: Va;
      readonly flags: number;
      readonly detail: string;
      /** Rule-relevant circumstances of this call, such as `pages-not-memory`. */
      readonly trouble: readonly string[];
    }
  | {
      readonly kind: 'copy-memory';
      readonly physical: Pa;
      readonly length: number;
      readonly backing: 'device' | 'ram' | 'ram-window' | 'nothing';
    }
  | { readonly kind: 'debug-print'; readonly text: string }
  | { readonly kind: 'stubbed'; readonly service: string; readonly value: string }
  | {
      readonly kind: 'bugcheck';
      readonly code: number;
      readonly name: string;
      readonly parameters: readonly bigint[];
    };

/** What a driver asked of a map service. */
export interface MapCall {
  readonly framework: Framework;
  readonly service: string;
  readonly origin: Origin;
  readonly physical: Pa;
  readonly length: number;
  readonly cacheType: CacheType;
  /** The raw MEMORY_CACHING_TYPE or Protect argument. */
  readonly rawType: number;
  readonly accessMode: 'kernel' | 'user';
  /** For MDL mappings: the MDL and what was wrong or special about the call. */
  readonly mdl: Va | null;
  readonly trouble: readonly string[];
}

export type Event = Circumstances & EventBody;
export type EventKind = EventBody['kind'];
export type EventOf<K extends EventKind> = Circumstances & Extract<EventBody, { kind: K }>;
