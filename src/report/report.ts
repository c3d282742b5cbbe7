/** The JSON report: one run, its mappings and its findings as data whose shape `schema/report.schema.json` fixes. */
import type { Stack } from '../events/frame.ts';
import type {
  BugCheck,
  DriverFacts,
  LedgerEntry,
  LifecycleStep,
  NotModelled,
  OutcomeKind,
  Remark,
  RunResult,
  Traffic,
} from '../events/run.ts';
import type { Finding } from '../rules/finding.ts';
import type { Severity } from '../rules/rule.ts';
import { hex, hexVa } from '../units/address.ts';
import { type Verdict, verdictOf } from './verdict.ts';

export interface Tool {
  readonly name: string;
  readonly version: string;
}

/** The INF that installed the devices, and what it led to. */
export interface InfCase {
  readonly path: string;
  readonly sha256: string;
  /** The id that the device answers to. */
  readonly hardwareId: string | null;
  readonly section: string | null;
  /** No device model is this hardware: a blank one ran in its place. */
  readonly isStandIn: boolean;
}

/** Everything that decided the run: the same case gives the same report, byte for byte. */
export interface Case {
  readonly device: string;
  /** Where an INF installed the devices. */
  readonly inf?: InfCase | undefined;
  readonly profile: string;
  readonly seed: number;
  readonly maxInstructions: number;
  readonly registry: readonly { readonly key: string; readonly value: string }[];
  readonly stubs: readonly { readonly name: string; readonly value: string }[];
  readonly ioctls: readonly {
    readonly code: string;
    readonly input: string;
    readonly outputLength: number;
    /** What the output buffer held beforehand, in hex. */
    readonly output?: string;
  }[];
}

export interface ReportParts {
  readonly tool: Tool;
  readonly driver: DriverFacts;
  readonly result: RunResult;
  readonly findings: readonly Finding[];
  readonly findingsDropped: number;
  readonly case: Case;
  readonly failOn: Severity;
}

export interface MappingReport {
  readonly id: number;
  readonly framework: string;
  readonly service: string;
  readonly origin: string;
  readonly physical: string;
  readonly length: number;
  readonly virtual: string;
  readonly space: string;
  readonly cacheType: string;
  readonly writable: boolean;
  readonly executable: boolean;
  readonly backing: string;
  readonly owner: string | null;
  readonly bornIn: string;
  readonly bornAt: Stack;
  readonly releasedIn: string | null;
  readonly releasedBy: string | null;
  readonly releasedAt: Stack | null;
  readonly accesses: { readonly reads: number; readonly writes: number };
}

export interface BugCheckReport extends Omit<BugCheck, 'code' | 'parameters'> {
  readonly code: string;
  readonly parameters: readonly string[];
}

export interface Report {
  readonly schemaVersion: 1;
  readonly tool: Tool;
  readonly driver: DriverFacts;
  readonly outcome: OutcomeKind;
  readonly verdict: Verdict;
  readonly notModelled: readonly NotModelled[];
  readonly stubbed: readonly string[];
  readonly budget: string | null;
  readonly notStarted: string | null;
  readonly bugCheck: BugCheckReport | null;
  readonly mappings: readonly MappingReport[];
  /** Mappings beyond what a report holds. */
  readonly mappingsDropped: number;
  readonly findings: readonly Finding[];
  /** Findings beyond what a report holds. */
  readonly findingsDropped: number;
  readonly coverage: {
    readonly mapSites: RunResult['coverage']['mapSites'];
    /** `total` is null for a single run, which injects nothing and so does not count them. */
    readonly failurePoints: { readonly total: number | null; readonly injected: number };
    readonly functions: RunResult['coverage']['functions'];
    readonly cases: number;
  };
  readonly lifecycle: readonly LifecycleStep[];
  /** Of network drivers. */
  readonly traffic: readonly Traffic[];
  readonly remarks: readonly Remark[];
  readonly debugPrint: readonly string[];
  /** Lines beyond what a report holds. */
  readonly debugPrintDropped: number;
  readonly instructions: number;
  readonly case: Case;
}

export function buildReport(parts: ReportParts): Report {
  const { result } = parts;
  const { outcome, verdict } = verdictOf(result, parts.findings, parts.failOn);
  return {
    schemaVersion: 1,
    tool: parts.tool,
    driver: parts.driver,
    outcome,
    verdict,
    notModelled: result.notModelled,
    stubbed: result.stubbed,
    budget: result.budget,
    notStarted: result.notStarted,
    bugCheck: result.bugCheck === null ? null : bugCheckReport(result.bugCheck),
    mappings: result.mappings.map(mappingReport),
    mappingsDropped: result.mappingsDropped,
    findings: parts.findings,
    findingsDropped: parts.findingsDropped,
    coverage: {
      mapSites: result.coverage.mapSites,
      failurePoints: { total: null, injected: 0 },
      functions: result.coverage.functions,
      cases: 1,
    },
    lifecycle: result.lifecycle,
    traffic: result.traffic,
    remarks: result.remarks,
    debugPrint: result.debugPrint,
    debugPrintDropped: result.debugPrintDropped,
    instructions: result.instructions,
    case: parts.case,
  };
}

/** The report as the file or stream holds it. */
export const reportText = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;

const mappingReport = (entry: LedgerEntry): MappingReport => ({
  id: entry.id,
  framework: entry.framework,
  service: entry.service,
  origin: entry.origin,
  physical: hex(entry.physical),
  length: entry.length,
  virtual: hexVa(entry.virtual),
  space: entry.space,
  cacheType: entry.cacheType,
  writable: entry.writable,
  executable: entry.executable,
  backing: entry.backing,
  owner: entry.owner,
  bornIn: entry.bornIn,
  bornAt: entry.bornAt,
  releasedIn: entry.releasedIn,
  releasedBy: entry.releasedBy,
  releasedAt: entry.releasedAt,
  accesses: { reads: entry.accesses.reads, writes: entry.accesses.writes },
});

const bugCheckReport = (bugCheck: BugCheck): BugCheckReport => ({
  code: `0x${bugCheck.code.toString(16).padStart(8, '0')}`,
  name: bugCheck.name,
  parameters: bugCheck.parameters.map(hexVa),
  at: bugCheck.at,
  phase: bugCheck.phase,
  detail: bugCheck.detail,
});
