/** What a run leaves behind, as plain data: the reports are made of this and of findings alone. */
import type { Stack } from './frame.ts';
import type { MappingFacts } from './mapping.ts';

export type OutcomeKind =
  | 'clean'
  | 'findings'
  | 'not-modelled'
  | 'bugcheck'
  | 'budget'
  | 'not-started';

/** One mapping's whole life. */
export interface LedgerEntry extends MappingFacts {
  /** Phase in which its last page went, or null while it lives (at the end of a run: leaked). */
  readonly releasedIn: string | null;
  readonly releasedBy: string | null;
  readonly releasedAt: Stack | null;
  /** Accesses seen one by one: all for device memory, for RAM-backed ranges those of a first or last page not filled. */
  readonly accesses: { readonly reads: number; readonly writes: number };
}

export interface LifecycleStep {
  readonly phase: string;
  /** Device the step is about, such as `edu#1`, or null. */
  readonly subject: string | null;
  /** What the framework called, such as `DriverEntry` or `IRP_MN_START_DEVICE`. */
  readonly callback: string;
  /** Status by name, or null where the call returns nothing. */
  readonly status: string | null;
  readonly instructions: number;
}

export interface NotModelled {
  readonly name: string;
  readonly dll: string | null;
  readonly where: Stack;
}

export interface BugCheck {
  readonly code: number;
  readonly name: string;
  readonly parameters: readonly bigint[];
  readonly at: Stack;
  readonly phase: string;
  /** In words: what the run knows beyond code and parameters, such as which ended mapping was touched. */
  readonly detail: string | null;
}

/** No broken contract, yet worth knowing: what hardware refused, a name that led nowhere. */
export interface Remark {
  /** Device it is about, such as `edu#1`, or null. */
  readonly subject: string | null;
  readonly text: string;
  readonly times: number;
  /** Where the driver was the first time. */
  readonly at: Stack;
}

/** What became of the frames of a network device, all rounds together. */
export interface Traffic {
  /** Device, such as `e1000#1`. */
  readonly subject: string;
  /** Frames given to the driver, those it completed with success, and those of them seen on the link (null without one). */
  readonly given: number;
  readonly sent: number;
  readonly seen: number | null;
  /** Frames that the link brought for the device, and those that the driver indicated. */
  readonly received: number;
  readonly indicated: number;
  /** Whether the driver's own counters hold at least what was counted; null when there was nothing to compare. */
  readonly counters: 'agree' | 'disagree' | null;
}

export interface DriverFacts {
  readonly path: string;
  readonly sha256: string;
  readonly machine: string;
  readonly framework: string;
  readonly frameworkVersion: string | null;
  readonly imports: readonly {
    readonly dll: string;
    readonly name: string;
    readonly modelled: boolean;
  }[];
}

export interface RunResult {
  /** `findings` is decided by the judge; here: how the run itself ended. */
  readonly ended: 'complete' | 'not-modelled' | 'bugcheck' | 'budget';
  readonly notModelled: readonly NotModelled[];
  readonly bugCheck: BugCheck | null;
  /** Why the budget ended the run, in words, or null. */
  readonly budget: string | null;
  readonly lifecycle: readonly LifecycleStep[];
  /** The answer for which no device ever started, such as `DriverEntry answered STATUS_UNSUCCESSFUL`, or null. */
  readonly notStarted: string | null;
  readonly mappings: readonly LedgerEntry[];
  /** Mappings beyond the limit of a report. */
  readonly mappingsDropped: number;
  readonly coverage: {
    /** Call sites of map services found in the image by its imports' call instructions. */
    readonly mapSites: {
      readonly total: number;
      readonly reached: number;
      readonly unreached: readonly string[];
    };
    readonly functions: { readonly total: number; readonly reached: number };
  };
  /** Of network drivers. */
  readonly traffic: readonly Traffic[];
  readonly remarks: readonly Remark[];
  readonly debugPrint: readonly string[];
  /** Lines beyond the limit of a report. */
  readonly debugPrintDropped: number;
  /** Services stubbed by the user's own `--stub`. */
  readonly stubbed: readonly string[];
  readonly instructions: number;
}
