/** Counted objects: what keeps them alive, their type and name, and what their end sets going. */
import type { Va } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import type { Blocking } from '../effects.ts';
import { bugCheck } from '../end.ts';
import { queueWork } from '../ex/work-item.ts';
import { type Kernel, part } from '../kernel.ts';
import type { ObjectTypeName } from './object-types.ts';

const REFERENCE_BY_POINTER = 0x18;

export interface KnownObject {
  readonly at: Va;
  readonly type: ObjectTypeName;
  /** Full name in the namespace, or null. */
  name: string | null;
  references: number;
  /** Runs when the last reference goes; gives the memory back. */
  readonly end: () => Blocking<void> | undefined;
}

class Objects {
  readonly #known = new Map<Va, KnownObject>();

  /** A new object with one reference: its creator's. */
  add(at: Va, type: ObjectTypeName, name: string | null, end: KnownObject['end']): void {
    this.#known.set(at, { at, type, name, references: 1, end });
  }

  get(at: Va): KnownObject | undefined {
    return this.#known.get(at);
  }

  /** Nothing when the address is no counted object: threads and processes outlive every reference. */
  reference(at: Va): number {
    const object = this.#known.get(at);
    if (object === undefined) return 2;
    object.references++;
    return object.references;
  }

  /** References left; at zero the object's end is the caller's to run. */
  dereference(at: Va): { readonly left: number; readonly ended: KnownObject | undefined } {
    const object = this.#known.get(at);
    if (object === undefined) return { left: 1, ended: undefined };
    object.references--;
    if (object.references > 0) return { left: object.references, ended: undefined };
    if (object.references < 0) {
      bugCheck(
        REFERENCE_BY_POINTER,
        [at, at, 1n, BigInt(object.references)],
        'an object was dereferenced more often than it was referenced',
      );
    }
    this.#known.delete(at);
    return { left: 0, ended: object };
  }

  *all(): Generator<KnownObject> {
    yield* this.#known.values();
  }
}

export const objects = part(() => new Objects());

/** Takes one reference away. An end above PASSIVE_LEVEL is put off to a worker. */
export function* dereference(kernel: Kernel, at: Va): Blocking<number> {
  const { left, ended } = objects(kernel).dereference(at);
  if (ended === undefined) return left;
  if (kernel.irql > PASSIVE_LEVEL) {
    queueWork(kernel, function* () {
      const ending = ended.end();
      if (ending !== undefined) yield* ending;
    });
    return 0;
  }
  const ending = ended.end();
  if (ending !== undefined) yield* ending;
  return 0;
}
