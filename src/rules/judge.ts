/** Hears every event of a run and keeps the findings. */
import type { Circumstances, Event } from '../events/event.ts';
import type { Stack } from '../events/frame.ts';
import { type Finding, fillIn } from './finding.ts';
import { observe } from './observe.ts';
import { DEFAULT_PROFILE, type Profile, severityIn } from './profiles.ts';
import type { About, Facts, Rule, Severity } from './rule.ts';
import { newWorld, type World } from './world.ts';

/** Different findings kept of one run: enough for any report, and a bound for a hostile driver. */
const MAX_FINDINGS = 1000;

interface Active {
  readonly rule: Rule;
  readonly severity: Severity;
  readonly state: unknown;
}

type Handler = (event: Event) => void;

export class Judge {
  readonly #profile: Profile;
  readonly #world: World = newWorld();
  readonly #handlers = new Map<string, Handler[]>();
  readonly #findings: Finding[] = [];
  readonly #places = new Map<string, number>();
  readonly #blamed = { release: new Set<number>(), leak: new Set<number>() };
  #dropped = 0;

  constructor(rules: readonly Rule[], profile: Profile = DEFAULT_PROFILE) {
    this.#profile = profile;
    for (const rule of rules) {
      const severity = severityIn(rule, profile);
      if (severity !== 'off') this.#listen({ rule, severity, state: rule.initialState() });
    }
  }

  /** In the order in which they came up. */
  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** Findings beyond the limit, which are not kept. */
  get dropped(): number {
    return this.#dropped;
  }

  handle(event: Event): void {
    observe(this.#world, event);
    for (const handler of this.#handlers.get(event.kind) ?? []) handler(event);
  }

  #listen(active: Active): void {
    const context = { world: this.#world, profile: this.#profile };
    const report = (event: Circumstances, facts: Facts, about?: About) =>
      this.#report(active, event, facts, about ?? {});
    for (const [kind, handle] of Object.entries(active.rule.on)) {
      const run = handle as (...parts: readonly unknown[]) => void;
      const known = this.#handlers.get(kind) ?? [];
      known.push((event) => run(event, report, active.state, context));
      this.#handlers.set(kind, known);
    }
  }

  #report({ rule, severity }: Active, event: Circumstances, facts: Facts, about: About): void {
    const mapping = about.mapping ?? null;
    if (mapping !== null && this.#isBlamed(rule, mapping.id)) return;
    const at = about.at ?? event.at;
    const bornAt = about.bornAt ?? mapping?.bornAt ?? null;
    const place = [rule.id, placeOf(at), placeOf(bornAt)].join(' ');
    const index = this.#places.get(place);
    if (index !== undefined) {
      this.#again(index);
      return;
    }
    if (this.#findings.length === MAX_FINDINGS) {
      this.#dropped++;
      return;
    }
    this.#places.set(place, this.#findings.length);
    this.#findings.push({
      rule: rule.id,
      severity,
      message: fillIn(rule.message, facts),
      facts,
      framework: rule.framework,
      phase: event.phase,
      mapping: mapping?.id ?? null,
      at,
      bornAt,
      case: null,
      doc: rule.doc,
    });
  }

  /** Notes what this finding says of the mapping's release, and tells whether that was said before. */
  #isBlamed({ fault }: Rule, mapping: number): boolean {
    if (fault === undefined) return false;
    const { release, leak } = this.#blamed;
    const before = release.has(mapping) || (fault === 'leak' && leak.has(mapping));
    this.#blamed[fault].add(mapping);
    return before;
  }

  #again(index: number): void {
    const known = this.#findings[index];
    if (known === undefined) return;
    const times = Number(known.facts.times ?? 1) + 1;
    this.#findings[index] = { ...known, facts: { ...known.facts, times } };
  }
}

/** The innermost frame: findings from there are one finding. */
function placeOf(stack: Stack | null): string {
  const frame = stack?.[0];
  return frame === undefined ? '-' : `${frame.module}+${frame.offset}`;
}
