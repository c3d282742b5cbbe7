/** Handles of the system process: what kernel code opens and closes by number. */
import type { Va } from '../../units/address.ts';
import type { Blocking } from '../effects.ts';
import { type Kernel, part } from '../kernel.ts';

/** Anything a handle may stand for; each kind extends this with a `type` of its own. */
export interface HandleObject {
  readonly type: string;
  /** Guest address of the object, for kinds that drivers may reference by pointer. */
  readonly body?: Va;
  /** Runs when a handle to the object is closed. */
  readonly onClose?: () => void;
  /** What closing sets going in drivers, such as IRP_MJ_CLEANUP; runs after `onClose`. */
  readonly closing?: () => Blocking<void>;
}

/** Kernel handles carry this in their upper bits (ntos/inc/ob.h). */
const KERNEL_HANDLE_MASK = 0xffff_ffff_8000_0000n;

class HandleTable {
  readonly #open = new Map<bigint, HandleObject>();
  #next = 4n;

  open(object: HandleObject): bigint {
    const handle = KERNEL_HANDLE_MASK | this.#next;
    this.#next += 4n;
    this.#open.set(handle, object);
    return handle;
  }

  /** The low two bits of a handle are the caller's to use. */
  get(handle: bigint): HandleObject | undefined {
    return this.#open.get(handle & ~3n);
  }

  /** The object when it is of the wanted kind. */
  find<T extends HandleObject>(
    handle: bigint,
    isWanted: (object: HandleObject) => object is T,
  ): T | undefined {
    const object = this.get(handle);
    return object !== undefined && isWanted(object) ? object : undefined;
  }

  /** False when the handle is not open. Objects with a `closing` part need `closeHandle`. */
  close(handle: bigint): boolean {
    const object = this.get(handle);
    if (object === undefined) return false;
    this.#open.delete(handle & ~3n);
    object.onClose?.();
    return true;
  }

  *live(): Generator<readonly [bigint, HandleObject]> {
    yield* this.#open;
  }
}

export const handles = part(() => new HandleTable());

/** Closes a handle with all that follows from it; false when it is not open. */
export function* closeHandle(kernel: Kernel, handle: bigint): Blocking<boolean> {
  const object = handles(kernel).get(handle);
  if (!handles(kernel).close(handle)) return false;
  if (object?.closing !== undefined) yield* object.closing();
  return true;
}
