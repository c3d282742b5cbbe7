/** Calling a miniport: entry points by name, for their device, watched by whoever keeps a journal. */
import { type Blocking, callGuest } from '../../kernel/effects.ts';
import { type Kernel, part } from '../../kernel/kernel.ts';
import { NULL, type Va } from '../../units/address.ts';
import type { Irql } from '../../units/irql.ts';

export interface MiniportCall {
  readonly routine: string;
  /** What it is about, such as an OID's name, for a journal. */
  readonly detail?: string;
  readonly subject: string | null;
  readonly entry: Va;
  readonly args: readonly bigint[];
  /** NDIS raises to this before the call. */
  readonly irql?: Irql;
}

export interface CallWatch {
  /** Runs `body` around the call; by default nothing else happens. */
  around(call: MiniportCall, body: () => Blocking<bigint>): Blocking<bigint>;
}

/** Who hears of the calls that change or ask something; interrupts and packets are not told. */
export const callWatch = part((): { watch: CallWatch | null } => ({ watch: null }));

/** Gives RAX, or 0 for an entry point that the miniport does not have. */
export function* callMiniport(kernel: Kernel, call: MiniportCall): Blocking<bigint> {
  if (call.entry === NULL) return 0n;
  const body = (): Blocking<bigint> => callPlainly(kernel, call);
  const { watch } = callWatch(kernel);
  return watch === null ? yield* body() : yield* watch.around(call, body);
}

export function* callPlainly(
  kernel: Kernel,
  { entry, args, routine, subject, irql }: MiniportCall,
): Blocking<bigint> {
  const before = kernel.irql;
  if (irql !== undefined && irql > before) kernel.setIrql(irql);
  const result = yield* callGuest(entry, args, routine, subject);
  if (irql !== undefined && irql > before) kernel.setIrql(before);
  return result;
}
