/** A Windows service declared once: import binding, argument decoding, traces, IRQL limits and failure points all derive from it. */
import type { Framework } from '../events/mapping.ts';
import type { CType, ValueOf } from '../layout/struct.ts';
import type { Va } from '../units/address.ts';
import type { Irql } from '../units/irql.ts';
import type { NtStatus } from '../units/status.ts';
import type { Blocking } from './effects.ts';
import type { Kernel } from './kernel.ts';

export type Params = Readonly<Record<string, CType<unknown>>>;
export type Args<P extends Params> = { readonly [K in keyof P]: ValueOf<P[K]> };

/** What a handler may give back; it becomes RAX. */
export type Result = number | bigint | boolean | undefined | void;

/** How the trace prints the result. */
export type ReturnKind =
  | 'void'
  | 'status'
  | 'ndis-status'
  | 'pointer'
  | 'bool'
  | 'u32'
  | 'u64'
  | 'irql';

/** The call in progress, beyond its declared arguments. */
export interface ServiceCall {
  readonly returnAddress: Va;
  /** Raw slot of argument `index`, counted from 0 over declared and variable ones. */
  slot(index: number): bigint;
}

export interface ServiceDeclaration<P extends Params> {
  readonly name: string;
  /** The image that exports it; ntoskrnl.exe and hal.dll stand in for each other when imports are bound. */
  readonly dll?: string;
  readonly framework?: Framework;
  /** Documentation page under wdk-ddi-src/content without `.md`, or the header when undocumented. */
  readonly doc: string;
  readonly params: P;
  readonly returns: ReturnKind;
  /** Highest IRQL the documentation allows; absent where it sets none. */
  readonly maxIrql?: Irql | ((kernel: Kernel, args: Args<P>) => Irql);
  /** Failures that the documentation allows: statuses, or 'null' for a NULL pointer. */
  readonly mayFail?: readonly (NtStatus | 'null')[];
  /** An exception in a driver routine that it calls is offered to the driver that called it, as through a frame without handlers. */
  readonly passesExceptions?: boolean;
  readonly run: (kernel: Kernel, args: Args<P>, call: ServiceCall) => Result | Blocking<Result>;
}

export interface Service {
  readonly name: string;
  readonly dll: string;
  readonly framework: Framework;
  readonly doc: string;
  readonly params: Params;
  readonly returns: ReturnKind;
  readonly mayFail: readonly (NtStatus | 'null')[];
  readonly passesExceptions: boolean;
  maxIrql(kernel: Kernel, args: Args<Params>): Irql | null;
  /** Typed arguments from raw slots. */
  decode(call: ServiceCall): Args<Params>;
  run(kernel: Kernel, args: Args<Params>, call: ServiceCall): Result | Blocking<Result>;
}

/** A service that remembers the types of its parameters, for callers in TypeScript. */
export interface ServiceOf<P extends Params> extends Service {
  readonly types?: P;
}

export const NTOSKRNL = 'ntoskrnl.exe';
export const HAL = 'hal.dll';

/** Declares a service, e.g. `service({ name: 'KeGetCurrentIrql', doc: '...', params: {}, returns: 'irql', run: (k) => k.irql })`. */
export function service<const P extends Params>(declaration: ServiceDeclaration<P>): ServiceOf<P> {
  const { maxIrql, run } = declaration;
  const names = Object.keys(declaration.params);
  return {
    name: declaration.name,
    dll: declaration.dll ?? NTOSKRNL,
    framework: declaration.framework ?? 'wdm',
    doc: declaration.doc,
    params: declaration.params,
    returns: declaration.returns,
    mayFail: declaration.mayFail ?? [],
    passesExceptions: declaration.passesExceptions ?? false,
    maxIrql(kernel, args) {
      if (typeof maxIrql === 'function') return maxIrql(kernel, args as Args<P>);
      return maxIrql ?? null;
    },
    decode(call) {
      const args: Record<string, unknown> = {};
      names.forEach((name, index) => {
        args[name] = declaration.params[name]?.fromSlot?.(call.slot(index));
      });
      return args;
    },
    run: (kernel, args, call) => run(kernel, args as Args<P>, call),
  };
}

/** The same service under a second exported name, with that name's own page where it has one. */
export const alias = (name: string, of: Service, doc = of.doc): Service => ({ ...of, name, doc });

/** An exported variable: bytes of guest memory that the kernel fills once at start. */
export interface DataExport {
  readonly name: string;
  readonly dll: string;
  readonly bytes: number;
  readonly doc: string;
  readonly initialise: (kernel: Kernel, at: Va) => void;
}

export const dataExport = (
  declaration: Omit<DataExport, 'dll'> & { readonly dll?: string },
): DataExport => ({ dll: NTOSKRNL, ...declaration });

/** Result of a handler as the 64-bit register value. */
export function toRegister(result: Result): bigint {
  switch (typeof result) {
    case 'bigint':
      return BigInt.asUintN(64, result);
    case 'number':
      return BigInt.asUintN(64, BigInt(result));
    case 'boolean':
      return result ? 1n : 0n;
    default:
      return 0n;
  }
}
