/** The simple behaviours a JSON device file can declare: bits that clear or toggle themselves, and actions of writes. */
import { allOnes } from '../bus/port-space.ts';
import type { AccessSize } from '../memory/physical.ts';
import { ticks } from '../units/ticks.ts';
import type { DeviceDeclaration, RegisterPolicy } from './declaration.ts';
import type { DeviceHost } from './host.ts';
import type { RegisterAccess, RegisterRow } from './register.ts';

/** What writing a register does. */
export interface FileAction {
  /** Acts only when a bit of these is written as one; on every write without a mask. */
  readonly mask: bigint | undefined;
  readonly sets: BitChange | undefined;
  readonly clears: BitChange | undefined;
  /** The line, or the number of a message to send. */
  readonly interrupt: 'raise' | 'lower' | number | undefined;
  readonly afterMicroseconds: number;
}

interface BitChange {
  readonly register: string;
  readonly bits: bigint;
}

export interface FileRegister {
  readonly name: string;
  readonly at: number;
  readonly size: AccessSize;
  readonly access: RegisterAccess;
  readonly reset: bigint;
  readonly widths: readonly AccessSize[];
  readonly writable: bigint;
  readonly policy: RegisterPolicy | undefined;
  /** Bits that read zero again right after a write. */
  readonly selfClearing: bigint;
  /** Bits that change with every read. */
  readonly toggles: bigint;
  readonly actions: readonly FileAction[];
  readonly summary?: string;
}

const TICKS_PER_MICROSECOND = 10;

export function fileRegisterRow(
  row: FileRegister,
  status: string | undefined,
): RegisterRow<object> {
  const { name, at, size, access, reset, widths, writable, summary } = row;
  const facts = { name, at, access, reset, widths, writable, ...(summary && { summary }) };
  const write = (value: bigint, host: DeviceHost) => writeFileRow(row, value, host, status);
  if (size === 8) {
    return {
      ...facts,
      size,
      read: (_state, host, stored) => readFileRow(row, host, stored),
      write: (_state, value, host) => write(value, host),
    };
  }
  return {
    ...facts,
    size,
    read: (_state, host, stored) => Number(readFileRow(row, host, BigInt(stored))),
    write: (_state, value, host) => write(BigInt(value), host),
  };
}

function writeFileRow(
  row: FileRegister,
  value: bigint,
  host: DeviceHost,
  status: string | undefined,
): void {
  const { name, access, selfClearing } = row;
  if (selfClearing !== 0n) host.registers.set(name, host.registers.get(name) & ~selfClearing);
  row.actions.forEach((action, i) => {
    if (action.mask !== undefined && (value & action.mask) === 0n) return;
    if (action.afterMicroseconds === 0) act(action, host, status);
    else host.after(delayOf(action), timerName(row, i));
  });
  if (name === status) followStatus(host, name, access === 'w1c');
}

/** One timer per delayed action, so that what waits is plain data. */
export const fileTimers = (
  rows: readonly FileRegister[],
  status: string | undefined,
): NonNullable<DeviceDeclaration<object>['timers']> =>
  Object.fromEntries(
    rows.flatMap((row) =>
      row.actions.map((action, i) => [
        timerName(row, i),
        (_state: object, host: DeviceHost) => act(action, host, status),
      ]),
    ),
  );

const timerName = (row: FileRegister, action: number): string => `${row.name}:${action}`;

const delayOf = (action: FileAction) =>
  ticks(BigInt(action.afterMicroseconds) * BigInt(TICKS_PER_MICROSECOND));

function readFileRow(row: FileRegister, host: DeviceHost, stored: bigint): bigint {
  switch (row.policy) {
    case 'zeros':
      return 0n;
    case 'ones':
      return allOnes(row.size);
    case 'seeded':
      return row.size === 8
        ? (BigInt(host.random()) << 32n) | BigInt(host.random())
        : BigInt(host.random());
    case 'last-write':
    case undefined: {
      if (row.toggles === 0n) return stored;
      host.registers.set(row.name, stored ^ row.toggles);
      return stored;
    }
  }
}

function act(action: FileAction, host: DeviceHost, status: string | undefined): void {
  const { sets, clears, interrupt } = action;
  if (sets !== undefined) {
    host.registers.set(sets.register, host.registers.get(sets.register) | sets.bits);
  }
  if (clears !== undefined) {
    host.registers.set(clears.register, host.registers.get(clears.register) & ~clears.bits);
  }
  if (interrupt === 'raise') host.raise();
  else if (interrupt === 'lower') host.lower();
  else if (interrupt !== undefined) host.message(interrupt);
  const touched = [sets?.register, clears?.register];
  if (status !== undefined && touched.includes(status)) {
    followStatus(host, status, sets?.register !== status);
  }
}

/** The line follows the status register: up while a bit is set. Bits that only went away send nothing anew. */
function followStatus(host: DeviceHost, status: string, onlyCleared: boolean): void {
  if (host.registers.get(status) === 0n) host.lower();
  else if (!onlyCleared) host.raise();
}
