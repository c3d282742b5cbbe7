/** In words and facts, what lies or lay at a virtual address. */
import type { Stack } from '../../events/frame.ts';
import type { MappingFacts } from '../../events/mapping.ts';
import { KERNEL_STACKS } from '../../memory/address-map.ts';
import { hex, hexVa, PAGE_SIZE, type Va, vaAdd } from '../../units/address.ts';
import { pool } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';
import { contiguousMemory } from '../mm/contiguous-memory.ts';
import { modules } from './modules.ts';

export interface AddressFacts {
  readonly mapping: MappingFacts | null;
  readonly was: 'ended' | 'guard' | 'live' | null;
  readonly description: string;
  readonly releasedAt: Stack | null;
}

const plain = (description: string): AddressFacts => ({
  mapping: null,
  was: null,
  description,
  releasedAt: null,
});

/** Addresses this close to zero come from NULL pointers to structures. */
const NULL_AREA = 0x1_0000n;

export function describeAddress(kernel: Kernel, at: Va): AddressFacts {
  return mappingFacts(kernel, at) ?? plain(otherwise(kernel, at));
}

function mappingFacts(kernel: Kernel, at: Va): AddressFacts | undefined {
  const { ledger } = kernel.mappings;
  const owner = ledger.ownerOf(at);
  const mapping = owner ?? ledger.guardOwnerOf(at);
  if (mapping === undefined) return undefined;
  const { facts, released } = mapping;
  const offset = at - facts.virtual;
  const place = `mapping ${facts.id} (${facts.service} of ${hex(facts.length)} bytes at ${hex(facts.physical)})`;
  if (owner === undefined) {
    const where =
      offset < 0n ? `${-offset} bytes before` : `offset ${hex(offset)}, past the end of,`;
    return { mapping: facts, was: 'guard', releasedAt: null, description: `${where} ${place}` };
  }
  const was = released === null ? 'live' : 'ended';
  const state = released === null ? '' : `, released by ${released.service} in ${released.phase}`;
  return {
    mapping: facts,
    was,
    releasedAt: released?.at ?? null,
    description: `offset ${hex(offset)} of ${place}${state}`,
  };
}

function otherwise(kernel: Kernel, at: Va): string {
  if (at < NULL_AREA) return at === 0n ? 'the NULL pointer' : `NULL plus ${hex(at)}`;
  const block = pool(kernel).describe(at) ?? contiguousMemory(kernel).describe(at);
  if (block !== undefined) return block;
  const module = modules(kernel).at(at);
  if (module !== undefined) return `the image ${module.name}, offset ${hex(at - module.base)}`;
  const gone = modules(kernel).unloadedAt(at);
  if (gone !== undefined) return `the unloaded image ${gone.name}, offset ${hex(at - gone.base)}`;
  const stacksEnd = vaAdd(KERNEL_STACKS.base, KERNEL_STACKS.pages * PAGE_SIZE);
  if (at >= KERNEL_STACKS.base && at < stacksEnd)
    return `the guard page of a kernel stack, ${hexVa(at)}`;
  return `${hexVa(at)}, where nothing was ever mapped`;
}
