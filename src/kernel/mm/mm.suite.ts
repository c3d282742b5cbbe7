/** What the tests of the memory manager share: a kernel that remembers its events, memory of each kind, and failures as data. */
import type { EventBody, EventKind, Trouble } from '../../events/event.ts';
import type { DeviceWindow } from '../../memory/physical.ts';
import { pa, type Va, va } from '../../units/address.ts';
import { isRunEnd } from '../end.ts';
import { pool } from '../ex/pool.ts';
import { caller, testKernel } from '../test-kernel.ts';
import { mmServices } from './services.ts';
import { userMemory } from './user-memory.ts';

export const DEVICE_BASE = 0xfeb0_0000;
export const KERNEL_MODE = 0;
export const USER_MODE = 1;
export const MM_NON_CACHED = 0;
export const MM_CACHED = 1;
export const NO_EXECUTE = 0x4000_0010;

/** Four pages of registers that answer their own offset. */
const device = (): DeviceWindow => ({
  kind: 'device',
  name: 'registers',
  base: pa(DEVICE_BASE),
  length: 0x4000,
  read: (offset) => BigInt(offset),
  write: () => {},
});

type Body<K extends EventKind> = Extract<EventBody, { kind: K }>;

export function machine() {
  const events: EventBody[] = [];
  const kernel = testKernel({ emit: (event) => events.push(event) });
  kernel.physical.addWindow(device());
  const call = caller(kernel, mmServices);
  const allocated = (at: Va | undefined): Va => at ?? va(0n);
  return {
    kernel,
    call,
    nonpaged: (bytes: number) => allocated(pool(kernel).allocate(bytes, 'Test', 'nonpaged', true)),
    paged: (bytes: number) => allocated(pool(kernel).allocate(bytes, 'Test', 'paged', true)),
    user: (bytes: number) => allocated(userMemory(kernel).allocate(bytes)),
    /** Events of one kind since the last call, oldest first. */
    told<K extends EventKind>(kind: K): Body<K>[] {
      const found = events.filter((event): event is Body<K> => event.kind === kind);
      for (const event of found) events.splice(events.indexOf(event), 1);
      return found;
    },
    /** IoAllocateMdl of a buffer. */
    mdl: (buffer: bigint, bytes: number) => call('IoAllocateMdl', buffer, bytes, 0, 0, 0),
    pagesMdl: (bytes: number, flags = 4) =>
      call('MmAllocatePagesForMdlEx', 0, 0xffff_ffff, 0, bytes, MM_CACHED, flags),
    map: (mdl: bigint, mode = KERNEL_MODE) =>
      call('MmMapLockedPagesSpecifyCache', mdl, mode, MM_CACHED, 0, 0, NO_EXECUTE),
    flags: (mdl: bigint) => kernel.mmu.u16(va(mdl + 10n)),
  };
}

export type TestMachine = ReturnType<typeof machine>;

/** Troubles of every event that has some. */
export const troubles = (
  events: readonly {
    readonly trouble?: readonly Trouble[];
    readonly call?: { readonly trouble: readonly Trouble[] };
  }[],
): readonly Trouble[] => events.flatMap((event) => event.trouble ?? event.call?.trouble ?? []);

/** Bug check code, or for an exception that nobody handles its status. */
export function stopOf(body: () => unknown): { readonly code: number; readonly first: bigint } {
  try {
    body();
  } catch (thrown) {
    if (isRunEnd(thrown) && thrown.runEnd === 'bugcheck') {
      return { code: thrown.code, first: thrown.parameters[0] ?? 0n };
    }
    throw thrown;
  }
  return { code: 0, first: 0n };
}

/** Bug checks of exceptions that nobody handled: at raised IRQL, for a user's request, in a system thread. */
const UNHANDLED = [0x1e, 0x3b, 0x7e];

/** Status that a service raises with no handler around it. */
export const raisedBy = (body: () => unknown): number => {
  const { code, first } = stopOf(body);
  return UNHANDLED.includes(code) ? Number(first) : 0;
};
