/** The user-mode process that requests come from, and running as one of its threads. */
import type { Va } from '../../../units/address.ts';
import type { Blocking } from '../../effects.ts';
import { KTHREAD } from '../../ke/layout.ts';
import { type Kernel, part } from '../../kernel.ts';
import { processes } from '../../ps/processes.ts';

const USER_MODE = 1;

const userProcess = part((kernel): { readonly process: Va } => ({
  process: processes(kernel).create('app.exe'),
}));

/** Runs `body` as a thread of the user process that has called the kernel. */
export function* asUser<T>(kernel: Kernel, body: Blocking<T>): Blocking<T> {
  const { process } = userProcess(kernel);
  const before = kernel.scheduler.currentProcess;
  const thread = KTHREAD.at(kernel.mmu, kernel.scheduler.currentThread);
  const { Process, PreviousMode, UniqueProcess } = thread;
  kernel.scheduler.attach(process);
  thread.Process = process;
  thread.PreviousMode = USER_MODE;
  thread.UniqueProcess = processes(kernel).idOf(process);
  const result = yield* body;
  thread.Process = Process;
  thread.PreviousMode = PreviousMode;
  thread.UniqueProcess = UniqueProcess;
  kernel.scheduler.attach(before);
  return result;
}
