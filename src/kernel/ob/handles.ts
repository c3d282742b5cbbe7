/** Handles of the system process: what kernel code opens and closes by number. */
import { part } from '../kernel.ts';

/** Anything a handle may stand for; each kind extends this with a `type` of its own. */
export interface HandleObject {
  readonly type: string;
  /** Runs when a handle to the object is closed. */
  readonly onClose?: () => void;
}

/** Kernel handles carry this in their upper bits (ntos/inc/ob.h). */
const KERNEL_HANDLE_MASK = 0xffff_ffff_8000_0000n;

export class HandleTable {
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

  /** False when the handle is not open. */
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
