/** How the arguments of an unmap service relate to the ledger. */
import type { UnmapMatch } from '../../events/event.ts';
import type { Framework, Origin } from '../../events/mapping.ts';
import type { Ledger, Mapping } from '../../mapping/ledger.ts';
import { NULL, type Va } from '../../units/address.ts';

/** What the service may release: mappings of its own framework and kind. */
export interface Twins {
  readonly framework: Framework;
  readonly origin: Origin;
  /** The map services themselves, where not all of the kind are released by one service. */
  readonly services?: readonly string[];
}

export interface Matched {
  readonly match: UnmapMatch;
  readonly mapping: Mapping | undefined;
}

const isTwin = ({ facts }: Mapping, { framework, origin, services }: Twins): boolean =>
  facts.origin === origin &&
  facts.framework === framework &&
  (services?.includes(facts.service) ?? true);

/** `length` is null for services that take none. */
export function matchUnmap(ledger: Ledger, base: Va, length: number | null, twins: Twins): Matched {
  if (base === NULL) return { match: 'null', mapping: undefined };
  const mapping = ledger.ownerOf(base);
  if (mapping === undefined) return { match: 'never-mapped', mapping };
  if (!mapping.live) return { match: 'already-ended', mapping };
  const { facts } = mapping;
  if (!isTwin(mapping, twins)) return { match: 'foreign', mapping };
  if (base !== facts.virtual) return { match: 'interior', mapping };
  const sameLength = length === null || length === facts.length;
  return { match: sameLength ? 'exact' : 'wrong-length', mapping };
}
