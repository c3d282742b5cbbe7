/** What the memory manager remembers of MDLs beside their own bytes: who made them, what they lock, what is mapped through them. */
import type { EventBody, Trouble } from '../../events/event.ts';
import type { MappingFacts } from '../../events/mapping.ts';
import type { Pa, Va } from '../../units/address.ts';
import { type Kernel, part } from '../kernel.ts';
import { mdlAt } from './mdl.ts';

/** `io`: IoAllocateMdl; `io-space`: MmAllocateMdlForIoSpace; `pages`: MmAllocatePagesForMdl and its kind. */
export type MdlMaker = 'io' | 'io-space' | 'pages';

class Mdls {
  readonly #makers = new Map<Va, MdlMaker>();
  /** RAM frames that each locked MDL holds. */
  readonly #locked = new Map<Va, readonly Pa[]>();
  /** Which MDL each live mapping was made through, by the mapping's id. */
  readonly #mappedThrough = new Map<number, Va>();

  made(at: Va, maker: MdlMaker): void {
    this.#makers.set(at, maker);
  }

  makerOf(at: Va): MdlMaker | undefined {
    return this.#makers.get(at);
  }

  /** The MDL's memory is given back; what it locks or maps stays. */
  forget(at: Va): void {
    this.#makers.delete(at);
  }

  hold(at: Va, frames: readonly Pa[]): void {
    this.#locked.set(at, frames);
  }

  held(at: Va): readonly Pa[] | undefined {
    return this.#locked.get(at);
  }

  letGo(at: Va): void {
    this.#locked.delete(at);
  }

  mapped({ id }: MappingFacts, through: Va): void {
    this.#mappedThrough.set(id, through);
  }

  mdlOf({ id }: MappingFacts): Va | undefined {
    return this.#mappedThrough.get(id);
  }

  unmapped({ id }: MappingFacts): void {
    this.#mappedThrough.delete(id);
  }

  /** A live mapping goes through the MDL. */
  hasMapping(at: Va): boolean {
    for (const through of this.#mappedThrough.values()) if (through === at) return true;
    return false;
  }
}

export const mdls = part(() => new Mdls());

type MdlDeed = Extract<EventBody, { kind: 'mdl' }>['what'];

/** Tells of the driver's own call, with the MDL's flags as they are now. */
export function tellOfMdl(
  kernel: Kernel,
  what: MdlDeed,
  at: Va,
  trouble: readonly Trouble[] = [],
  detail = '',
): void {
  const flags = mdlAt(kernel, at).MdlFlags;
  kernel.emit({ kind: 'mdl', what, mdl: at, flags, detail, trouble });
}

/** Called before the driver's pool is freed: an MDL that IoFreeMdl has to free is told of. */
export function noteFreedAsPool(kernel: Kernel, at: Va): void {
  const maker = mdls(kernel).makerOf(at);
  if (maker === undefined) return;
  mdls(kernel).forget(at);
  if (maker !== 'pages') tellOfMdl(kernel, 'free', at, ['freed-as-pool']);
}
