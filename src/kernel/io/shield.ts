/** Turns a guest fault of the system's own work for a driver into the bug check that Windows would make of it. */
import { isGuestFault } from '../../memory/fault.ts';
import type { Blocking } from '../effects.ts';
import { bugCheck } from '../end.ts';
import { describeAddress } from '../ke/describe-address.ts';
import type { Kernel } from '../kernel.ts';

const PAGE_FAULT_IN_NONPAGED_AREA = 0x50;

/** For routines that the scenario runs: below them no driver code is left that could take the fault. */
export function* shielded<T>(kernel: Kernel, body: Blocking<T>): Blocking<T> {
  try {
    return yield* body;
  } catch (thrown) {
    if (!isGuestFault(thrown)) throw thrown;
    const { description } = describeAddress(kernel, thrown.address);
    return bugCheck(
      PAGE_FAULT_IN_NONPAGED_AREA,
      [thrown.address],
      `the system ${thrown.access}s ${description}`,
    );
  }
}
