/** The scheduler as the kernel is given it: the machine makes the kernel first, which asks for nothing yet. */
import type { Scheduler } from '../kernel/kernel.ts';

export const schedulerOf = (of: () => Scheduler): Scheduler => ({
  get currentThread() {
    return of().currentThread;
  },
  get currentProcess() {
    return of().currentProcess;
  },
  spawn: (name, body) => of().spawn(name, body),
  signalled: (object) => of().signalled(object),
  attach: (process) => of().attach(process),
  setUserApc: (thread, pending) => of().setUserApc(thread, pending),
  callerBeyond: (context) => of().callerBeyond(context),
});
