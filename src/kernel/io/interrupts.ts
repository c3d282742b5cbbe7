/** Interrupts: connected service routines by vector, what is pending, and calling them at their device's IRQL. */
import type { DeliveredInterrupt } from '../../bus/interrupts.ts';
import { irqlOfVector } from '../../bus/interrupts.ts';
import { ptr, reserved, struct, u8, u16, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL, type Irql } from '../../units/irql.ts';
import { type Blocking, callGuest } from '../effects.ts';
import { outOfBudget } from '../end.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import { hardware } from '../hal/hardware.ts';
import { acquireSpinLock, releaseSpinLock } from '../ke/irql-services.ts';
import { type Interruption, type Kernel, part } from '../kernel.ts';

/** Opaque to drivers (ksamd64.inc of SDK 10.0.16299). */
const KINTERRUPT = struct({
  name: 'KINTERRUPT',
  size: { x64: 256 },
  fields: {
    Type: u16,
    Size: u16,
    InterruptListEntry: reserved(16, 8),
    ServiceRoutine: ptr('KSERVICE_ROUTINE'),
    MessageServiceRoutine: ptr('KMESSAGE_SERVICE_ROUTINE'),
    MessageIndex: u32,
    ServiceContext: ptr(),
    SpinLock: reserved(8, 8),
    TickCount: u32,
    ActualLock: ptr('KSPIN_LOCK'),
    DispatchAddress: ptr(),
    Vector: u32,
    Irql: u8,
    SynchronizeIrql: u8,
    FloatingSave: u8,
    Connected: u8,
    Number: u32,
    ShareVector: u8,
    rest: reserved(151),
  },
});

/** KINTERRUPT.Type (KOBJECTS). */
const INTERRUPT_OBJECT = 22;

export interface NewInterrupt {
  readonly routine: Va;
  readonly context: Va;
  /** Lock of the caller's, or NULL for one of the interrupt object's own. */
  readonly spinLock: Va;
  readonly vector: number;
  readonly irql: Irql;
  readonly synchronizeIrql: Irql;
  readonly shared: boolean;
  /** Message number for a message service routine, null for an ordinary one. */
  readonly message: number | null;
  /** Device whose events these are. */
  readonly subject: string | null;
  /** Runs in place of `routine`: a framework's own routine around its client's. */
  readonly host?: () => Blocking<boolean>;
}

interface Connected extends NewInterrupt {
  readonly at: Va;
  readonly lock: Va;
}

/** One interrupt after another that nobody takes: the device is not told that it was heard. */
const STORM = 10_000;

class Interrupts {
  readonly #kernel: Kernel;
  readonly #connected: Connected[] = [];
  readonly #pending: DeliveredInterrupt[] = [];
  /** Consecutive interrupts of one vector that no routine claimed. */
  #unclaimedInARow = 0;
  /** Delivered since the processor last found none pending. */
  #withoutRest = 0;
  /** All that no routine claimed, and messages for which no routine was connected. */
  unclaimed = 0;
  lost = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    hardware(kernel).interrupts.onInterrupt = (interrupt) => this.#arrive(interrupt);
    kernel.interruptSources.push((irql) => this.#mostUrgent(irql));
  }

  /** Nothing when the vector is taken and not shared by both sides. */
  connect(request: NewInterrupt): Va | undefined {
    const others = this.#connected.filter(({ vector }) => vector === request.vector);
    if (others.some(({ shared }) => !shared || !request.shared)) return undefined;
    const kernel = this.#kernel;
    const at = allocateForKernel(kernel, KINTERRUPT.bytes, 'Intr');
    const own = KINTERRUPT.offsetOf('SpinLock');
    const lock = request.spinLock === NULL ? vaAdd(at, own) : request.spinLock;
    const view = KINTERRUPT.at(kernel.mmu, at);
    view.Type = INTERRUPT_OBJECT;
    view.Size = KINTERRUPT.bytes;
    view.ServiceRoutine = request.routine;
    view.ServiceContext = request.context;
    view.MessageIndex = request.message ?? 0;
    view.ActualLock = lock;
    view.Vector = request.vector;
    view.Irql = request.irql;
    view.SynchronizeIrql = request.synchronizeIrql;
    view.ShareVector = request.shared ? 1 : 0;
    view.Connected = 1;
    this.#connected.push({ ...request, at, lock });
    kernel.emit({ kind: 'interrupt', what: 'connect', subject: request.subject });
    this.#wakeLine(request.vector);
    return at;
  }

  /** False when no interrupt object is connected there. */
  disconnect(at: Va): boolean {
    const index = this.#connected.findIndex((interrupt) => interrupt.at === at);
    const found = this.#connected[index];
    if (found === undefined) return false;
    this.#connected.splice(index, 1);
    pool(this.#kernel).free(at);
    this.#kernel.emit({ kind: 'interrupt', what: 'disconnect', subject: found.subject });
    return true;
  }

  get connectedCount(): number {
    return this.#connected.length;
  }

  /** Raises to the interrupt's level and takes its lock; gives the level before. */
  lock(at: Va): Irql {
    const { SynchronizeIrql, ActualLock } = KINTERRUPT.at(this.#kernel.mmu, at);
    const before = this.#kernel.irql;
    if (SynchronizeIrql > before) this.#kernel.setIrql(SynchronizeIrql);
    acquireSpinLock(this.#kernel, ActualLock);
    return before;
  }

  unlock(at: Va, irql: Irql): void {
    releaseSpinLock(this.#kernel, KINTERRUPT.at(this.#kernel.mmu, at).ActualLock);
    this.#kernel.setIrql(irql);
  }

  #arrive(interrupt: DeliveredInterrupt): void {
    if (interrupt.trigger === 'edge' && !this.#isConnected(interrupt.vector)) {
      this.lost++;
      return;
    }
    if (!this.#pending.some(({ vector }) => vector === interrupt.vector)) {
      this.#pending.push(interrupt);
    }
  }

  #isConnected(vector: number): boolean {
    return this.#connected.some((interrupt) => interrupt.vector === vector);
  }

  /** A line that was up before anybody listened interrupts as soon as somebody does. */
  #wakeLine(vector: number): void {
    hardware(this.#kernel).interrupts.endOfInterrupt(vector);
  }

  #mostUrgent(irql: Irql): Interruption | null {
    const ready = this.#pending
      .filter(({ vector }) => irqlOfVector(vector) > irql && this.#isConnected(vector))
      .toSorted((a, b) => b.vector - a.vector);
    const next = ready[0];
    if (next === undefined) {
      if (irql <= DISPATCH_LEVEL) this.#withoutRest = 0;
      return null;
    }
    return {
      irql: irqlOfVector(next.vector),
      name: 'interrupt',
      run: () => this.#deliver(next),
    };
  }

  *#deliver(interrupt: DeliveredInterrupt): Blocking<void> {
    const { vector, trigger } = interrupt;
    this.#pending.splice(this.#pending.indexOf(interrupt), 1);
    const { interrupts } = hardware(this.#kernel);
    const { line } = interrupt;
    if (line !== null && !interrupts.isLineAsserted(line)) return;
    const claimed = yield* this.#callRoutines(vector, trigger === 'edge');
    if (claimed) this.#unclaimedInARow = 0;
    else this.#noteUnclaimed(vector);
    this.#noteDelivery(vector);
    interrupts.endOfInterrupt(vector);
  }

  /** Line routines are asked in turn until one claims; every routine of a message is called. */
  *#callRoutines(vector: number, isMessage: boolean): Blocking<boolean> {
    let claimed = false;
    for (const interrupt of this.#connected.filter((other) => other.vector === vector)) {
      if (!this.#connected.includes(interrupt)) continue;
      const before = this.lock(interrupt.at);
      const taken = yield* interrupt.host?.() ?? callRoutine(interrupt);
      this.unlock(interrupt.at, before);
      claimed = taken || claimed;
      if (claimed && !isMessage) break;
    }
    return claimed;
  }

  #noteUnclaimed(vector: number): void {
    this.unclaimed++;
    this.#unclaimedInARow++;
    if (this.#unclaimedInARow >= STORM) this.#storm(vector, 'that no service routine claims');
  }

  /** One after the other, so that nothing else ever runs. */
  #noteDelivery(vector: number): void {
    this.#withoutRest++;
    if (this.#withoutRest >= STORM) this.#storm(vector, 'without a rest between them');
  }

  #storm(vector: number, how: string): never {
    const holders = this.#holdersOf(vector);
    return outOfBudget(
      `an interrupt storm: ${STORM} interrupts of vector 0x${vector.toString(16)} ${how}${holders}`,
    );
  }

  #holdersOf(vector: number): string {
    const { interrupts } = hardware(this.#kernel);
    const line = interrupts.lineOfVector(vector);
    const sources = line === undefined ? [] : interrupts.sourcesOf(line);
    return sources.length === 0 ? '' : `; ${sources.join(', ')} holds the line up`;
  }
}

function* callRoutine({ at, routine, context, message, subject }: Connected): Blocking<boolean> {
  const args = message === null ? [at, context] : [at, context, BigInt(message)];
  return ((yield* callGuest(routine, args, 'ISR', subject)) & 0xffn) !== 0n;
}

export const interrupts = part((kernel) => new Interrupts(kernel));
