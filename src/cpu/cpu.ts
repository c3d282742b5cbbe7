/** The processor: runs guest code by translating it, and stops for whatever the machine must see. */
import { type GuestFault, isGuestFault, pageFaultErrorCode } from '../memory/fault.ts';
import type { Mmu } from '../memory/mmu.ts';
import type { AccessSize } from '../memory/physical.ts';
import { type Va, va } from '../units/address.ts';
import { CodeCache, isFault, type Translation } from './code-cache.ts';
import type { GuestInstruction } from './decode.ts';
import { EntryWatch } from './entry-watch.ts';
import type { CpuEnvironment } from './environment.ts';
import { type Exit, exception, VECTOR } from './exit.ts';
import { TF } from './flag-thunk.ts';
import { FunctionTable, type HostFunctions } from './function-table.ts';
import { LEAVE } from './helpers.ts';
import { rowOf } from './instructions.ts';
import { nonCanonicalVector } from './linear-address.ts';
import { type ModuleCache, sharedModules } from './module-cache.ts';
import type { RegionKind } from './region.ts';
import { CpuState, STATE } from './state.ts';
import { wideDivide } from './wide-divide.ts';

/** Instructions between looks at the limit. Also lets V8 replace a busy function by its optimised form. */
const SLICE = 200_000;

/** Modules translated before `run` gives its caller a chance to count them. */
const MODULES_PER_RUN = 5000;

interface HostRange {
  readonly start: bigint;
  readonly end: bigint;
}

export class Cpu {
  readonly state: CpuState;
  readonly mmu: Mmu;
  readonly environment: CpuEnvironment;
  readonly entries = new EntryWatch();
  readonly #functions: FunctionTable;
  readonly #code: CodeCache;
  readonly #hostRanges: HostRange[] = [];
  #fault: GuestFault | undefined;

  constructor(mmu: Mmu, environment: CpuEnvironment, modules: ModuleCache = sharedModules) {
    this.mmu = mmu;
    this.environment = environment;
    this.#functions = new FunctionTable(mmu.physical, this.#hostFunctions());
    this.state = new CpuState(mmu.physical, this.#functions.stateFlags);
    this.#code = new CodeCache({
      mmu,
      modules,
      functions: this.#functions,
      entries: this.entries,
      isHost: (address) => this.#isHost(address),
    });
    mmu.onCodeWrite = (frame) => this.#code.invalidateFrame(frame);
  }

  get statistics(): Readonly<CodeCache['statistics']> {
    return this.#code.statistics;
  }

  /** Reaching an address in the range ends `run` with `host-call`. */
  addHostRange(start: Va, bytes: number): void {
    this.#hostRanges.push({ start, end: start + BigInt(bytes) });
  }

  /** Drops translations of a virtual page whose mapping or contents changed. */
  invalidate(page: Va): void {
    this.#code.invalidatePage(page);
  }
  invalidateAll(): void {
    this.#code.invalidateAll();
  }

  /** Runs until something happens; `state.limit` bounds the instructions. */
  run(): Exit {
    const modules = this.#code.statistics.modules;
    let kind: RegionKind = 'normal';
    for (;;) {
      const left = this.state.limit - this.state.instructions;
      if (left <= 0) return { kind: 'budget' };
      // Code that rewrites itself costs far more than its instructions.
      if (this.#code.statistics.modules - modules > MODULES_PER_RUN) return { kind: 'budget' };
      const { rip } = this.state;
      if (this.#isHost(rip)) return { kind: 'host-call' };
      const tracing = (this.state.systemFlags & TF) !== 0;
      this.state.grant(tracing ? 1 : Math.min(left, SLICE));
      if (tracing || left === 1) kind = 'single';
      const found = this.#code.at(rip, kind);
      if (isFault(found)) return this.#pageFault(found);
      const outcome = this.#enter(found);
      if (typeof outcome !== 'number') return outcome;
      if (tracing && this.state.remaining === 0) return exception(VECTOR.debug);
      kind = outcome === LEAVE.slow ? 'single' : 'normal';
      // The end of a slice is only an occasion; the end of the limit has to be met exactly.
      if (outcome === LEAVE.limit && left <= SLICE) kind = 'stoppable';
    }
  }

  /** Runs one instruction; an exit when it did not simply complete. */
  step(): Exit | undefined {
    const { limit, instructions } = this.state;
    this.state.limit = instructions + 1;
    const exit = this.run();
    this.state.limit = limit;
    return exit.kind === 'budget' && this.state.instructions > instructions ? undefined : exit;
  }

  #enter(found: Translation): Exit | number {
    if (found.kind === 'host') return this.#execute(found.instruction) ?? LEAVE.lookup;
    const code = this.#functions.enter(found.slot);
    switch (code) {
      case LEAVE.fault:
        return this.#recordedFault();
      case LEAVE.divideError:
        return exception(VECTOR.divideError);
      case LEAVE.protection:
        return exception(VECTOR.generalProtection, 0);
      default:
        return code;
    }
  }

  #execute(instruction: GuestInstruction): Exit | undefined {
    const { state } = this;
    state.rip = instruction.next;
    try {
      const exit = rowOf(instruction).execute?.(this, instruction);
      if (state.rip !== instruction.address || exit === undefined) state.retire(1);
      return exit;
    } catch (thrown) {
      if (!isGuestFault(thrown)) throw thrown;
      state.rip = instruction.address;
      return this.#pageFault(thrown);
    }
  }

  #isHost(address: bigint): boolean {
    return this.#hostRanges.some(({ start, end }) => address >= start && address < end);
  }

  #recordedFault(): Exit {
    const fault = this.#fault;
    this.#fault = undefined;
    this.state.refused = false;
    return fault === undefined ? exception(VECTOR.generalProtection, 0) : this.#pageFault(fault);
  }

  #pageFault(fault: GuestFault): Exit {
    if (fault.reason === 'non-canonical') {
      return exception(this.#nonCanonical(fault), 0, fault.address);
    }
    this.state.set(STATE.cr2, fault.address);
    return exception(VECTOR.pageFault, pageFaultErrorCode(fault), fault.address);
  }

  #nonCanonical({ address, access }: GuestFault): number {
    if (access === 'execute') return VECTOR.generalProtection;
    const instruction = this.#code.decode(this.state.rip);
    return instruction === undefined
      ? VECTOR.generalProtection
      : nonCanonicalVector(this.state, instruction, address);
  }

  #hostFunctions(): HostFunctions {
    const { mmu } = this;
    const size = (bytes: number): AccessSize => bytes as AccessSize;
    return {
      ...wideDivide,
      fillRead: (at: bigint, bytes: number) => mmu.directHost(va(at), bytes, 'read') ?? -1,
      fillWrite: (at: bigint, bytes: number) => mmu.directHost(va(at), bytes, 'write') ?? -1,
      slowRead: (at: bigint, bytes: number) => this.#guarded(() => mmu.read(va(at), size(bytes))),
      slowModify: (at: bigint, bytes: number) =>
        this.#guarded(() => {
          mmu.probe(va(at), bytes, 'write');
          return mmu.read(va(at), size(bytes));
        }),
      slowWrite: (at: bigint, bytes: number, value: bigint) => {
        this.#guarded(() => {
          mmu.write(va(at), size(bytes), value);
          return 0n;
        });
      },
      slowWriteVector: (at: bigint, low: bigint, high: bigint) => {
        this.#guarded(() => {
          mmu.probe(va(at), 16, 'write');
          mmu.write(va(at), 8, low);
          mmu.write(va(at + 8n), 8, high);
          return 0n;
        });
      },
    };
  }

  /** Turns a guest fault into a note that translated code sees. */
  #guarded(access: () => bigint): bigint {
    try {
      return access();
    } catch (thrown) {
      if (!isGuestFault(thrown)) throw thrown;
      this.#fault = thrown;
      this.state.refused = true;
      return 0n;
    }
  }
}
