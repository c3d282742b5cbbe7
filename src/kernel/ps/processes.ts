/** Processes: the system's and those that user requests come from. */
import { type Va, vaAdd } from '../../units/address.ts';
import { allocateForKernel } from '../ex/pool.ts';
import { initialiseHeader } from '../ke/dispatcher.ts';
import { KPROCESS, OBJECT_TYPE } from '../ke/layout.ts';
import { type Kernel, part } from '../kernel.ts';

const SYSTEM_PROCESS_ID = 4;
const FIRST_USER_PROCESS_ID = 0x1000;
const ID_STEP = 4;

class Processes {
  readonly #kernel: Kernel;
  readonly #names = new Map<Va, string>();
  readonly #ids = new Map<Va, bigint>();
  #system: Va | undefined;
  #nextId = FIRST_USER_PROCESS_ID;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** PsInitialSystemProcess. */
  get system(): Va {
    this.#system ??= this.#make('System', SYSTEM_PROCESS_ID);
    return this.#system;
  }

  /** The machine's own system process stands in for one of ours. */
  adoptSystem(process: Va): void {
    this.#system = process;
    this.#names.set(process, 'System');
  }

  create(name: string): Va {
    const id = this.#nextId;
    this.#nextId += ID_STEP;
    return this.#make(name, id);
  }

  isProcess(at: Va): boolean {
    return this.#names.has(at) || at === this.#system;
  }

  nameOf(process: Va): string {
    return this.#names.get(process) ?? '';
  }

  /** 0 where a driver attached to what is no process. An id never changes: it is read once. */
  idOf(process: Va): bigint {
    const known = this.#ids.get(process);
    if (known !== undefined) return known;
    const { mmu } = this.#kernel;
    if (!mmu.isReadable(process, KPROCESS.bytes)) return 0n;
    const id = KPROCESS.at(mmu, process).UniqueProcessId;
    if (this.isProcess(process)) this.#ids.set(process, id);
    return id;
  }

  byId(id: bigint): Va | undefined {
    void this.system;
    return [...this.#names.keys()].find((process) => this.idOf(process) === id);
  }

  #make(name: string, id: number): Va {
    const { mmu } = this.#kernel;
    const process = allocateForKernel(this.#kernel, KPROCESS.bytes, 'Proc');
    initialiseHeader(this.#kernel, process, OBJECT_TYPE.Process, KPROCESS.bytes, 0);
    const view = KPROCESS.at(mmu, process);
    view.DirectoryTableBase = BigInt(mmu.tables.root);
    const list = vaAdd(process, KPROCESS.offsetOf('ThreadListHead'));
    view.ThreadListHead.Flink = list;
    view.ThreadListHead.Blink = list;
    view.UniqueProcessId = BigInt(id);
    this.#names.set(process, name);
    return process;
  }
}

export const processes = part((kernel) => new Processes(kernel));
