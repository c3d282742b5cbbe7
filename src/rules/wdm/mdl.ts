/** MDL mappings as rules see them. */
import type { EventOf, Trouble } from '../../events/event.ts';
import type { MappingFacts } from '../../events/mapping.ts';
import { hexVa } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL, type Irql } from '../../units/irql.ts';
import type { MapEvent } from './calls.ts';

export const isMdl = ({ framework, origin }: Pick<MappingFacts, 'framework' | 'origin'>): boolean =>
  framework === 'wdm' && origin === 'mdl';

/** System mappings go up to DISPATCH_LEVEL, user mappings to APC_LEVEL. */
export const irqlLimit = (mode: 'kernel' | 'user'): Irql =>
  mode === 'user' ? APC_LEVEL : DISPATCH_LEVEL;

export const mdlFacts = ({ call }: MapEvent) => ({
  service: call.service,
  mdl: call.mdl === null ? 'an MDL' : `the MDL at ${hexVa(call.mdl)}`,
});

/** The first of these troubles that the call had. */
export const troubleOf = (
  event: MapEvent | EventOf<'unmap'> | EventOf<'mdl'>,
  among: readonly Trouble[],
): Trouble | undefined => troubles(event).find((trouble) => among.includes(trouble));

function troubles(event: MapEvent | EventOf<'unmap'> | EventOf<'mdl'>): readonly Trouble[] {
  if (event.kind === 'unmap') return event.trouble ?? [];
  return event.kind === 'mdl' ? event.trouble : event.call.trouble;
}
