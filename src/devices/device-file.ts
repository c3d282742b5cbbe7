/** Devices from outside: a JSON device file (schema/device.schema.json), or a module that exports a declared device. */
import type { PciIdentity } from '../bus/function-spec.ts';
import type { AccessSize } from '../memory/physical.ts';
import { busAddress } from '../units/address.ts';
import { badArgument } from '../units/errors.ts';
import { ticks } from '../units/ticks.ts';
import type { BarDeclaration, DeviceDeclaration, RegisterPolicy } from './declaration.ts';
import { type DeviceModel, device, isDeviceModel } from './device.ts';
import {
  type FileAction,
  type FileRegister,
  fileRegisterRow,
  fileTimers,
} from './file-behaviour.ts';
import { foreignDevice } from './foreign-device.ts';
import { Field } from './json-fields.ts';

const MAX_TEXT = 0x10_0000;
const MAX_BARS = 6;
const MAX_REGISTERS = 1024;
const MAX_ACTIONS = 16;
const MAX_BAR_BYTES = 2 ** 38;
const MAX_WAIT_MICROSECONDS = 60_000_000;

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const TEXT = /^\P{Cc}{0,200}$/u;
const POLICIES = ['zeros', 'ones', 'last-write', 'seeded'] as const;

/** The device that a JSON device file declares; `source` names the file in errors. */
export function deviceFromJson(text: string, source: string): DeviceModel {
  if (text.length > MAX_TEXT) throw badArgument(`${source} is larger than 1 MB`);
  return device(declarationOf(new Field(parse(text, source), `${source}: $`)));
}

/** What a module that does not import the library is given. */
const DEVICE_TOOLS = { busAddress, device, ticks };
export type DeviceTools = typeof DEVICE_TOOLS;

/**
 * The device that a loaded module exports: the default export, a device or a function that makes one of
 * `DEVICE_TOOLS`, or the only device among the others.
 */
export function deviceFromModule(namespace: unknown, source: string): DeviceModel {
  return foreignDevice(exportedDevice(namespace, source), source);
}

function exportedDevice(namespace: unknown, source: string): DeviceModel {
  if (typeof namespace !== 'object' || namespace === null) {
    throw badArgument(`${source} is not a module`);
  }
  if ('default' in namespace) {
    const { default: chosen } = namespace;
    const made = isMaker(chosen) ? madeBy(chosen, source) : chosen;
    if (isDeviceModel(made)) return made;
  }
  const exported = Object.values(namespace).filter(isDeviceModel);
  const [only, another] = exported;
  if (only === undefined) throw badArgument(`${source} exports nothing made by device({...})`);
  if (another !== undefined) {
    const names = exported.map((model) => model.name).join(', ');
    throw badArgument(`${source} exports several devices (${names}) and none as default`);
  }
  return only;
}

type Maker = (tools: DeviceTools) => unknown;

const isMaker = (value: unknown): value is Maker => typeof value === 'function';

function madeBy(make: Maker, source: string): unknown {
  try {
    return make(DEVICE_TOOLS);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw badArgument(`${source}: its default export failed: ${why}`);
  }
}

function parse(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badArgument(`${source} is not JSON: ${cause instanceof Error ? cause.message : ''}`);
  }
}

function declarationOf(root: Field): DeviceDeclaration<object> {
  const file = root.object(
    ['name', 'pci', 'bars'],
    ['$schema', 'summary', 'spec', 'interrupt', 'powerManagement', 'express'],
  );
  const interrupt = interruptOf(file.interrupt);
  const registers: FileRegister[] = [];
  const bars = file.bars.list(MAX_BARS).map((bar) => barOf(bar, interrupt.status, registers));
  checkReferences(root, registers, interrupt.status);
  return {
    name: file.name.string(NAME, 'a name of letters, digits, - and _'),
    summary: textOf(file.summary) ?? 'Device from a file',
    spec: textOf(file.spec) ?? 'device file',
    pci: identityOf(file.pci),
    bars,
    ...interrupt.declared,
    ...(file.powerManagement.present && { powerManagement: file.powerManagement.boolean() }),
    ...(file.express.present && { express: file.express.boolean() }),
    initialState: () => ({}),
    timers: fileTimers(registers, interrupt.status),
  };
}

const textOf = (field: Field): string | undefined =>
  field.present ? field.string(TEXT, 'a line of at most 200 characters') : undefined;

function identityOf(field: Field): DeviceDeclaration<object>['pci'] {
  const pci = field.object(
    ['vendorId', 'deviceId', 'classCode'],
    ['revision', 'subsystemVendorId', 'subsystemId'],
  );
  const identity: Partial<PciIdentity> = {
    ...(pci.revision.present && { revision: pci.revision.integer(0, 0xff) }),
    ...(pci.subsystemVendorId.present && {
      subsystemVendorId: pci.subsystemVendorId.integer(0, 0xffff),
    }),
    ...(pci.subsystemId.present && { subsystemId: pci.subsystemId.integer(0, 0xffff) }),
  };
  return {
    vendorId: pci.vendorId.integer(0, 0xfffe),
    deviceId: pci.deviceId.integer(0, 0xffff),
    classCode: pci.classCode.integer(0, 0xff_ffff),
    ...identity,
  };
}

interface FileInterrupt {
  readonly declared: Pick<DeviceDeclaration<object>, 'lineInterrupt' | 'msi' | 'msix'>;
  /** The register whose bits hold the line up. */
  readonly status: string | undefined;
}

function interruptOf(field: Field): FileInterrupt {
  if (!field.present) return { declared: {}, status: undefined };
  const interrupt = field.object([], ['line', 'msi', 'msix', 'while']);
  const msix = interrupt.msix.present
    ? interrupt.msix.object(['messages', 'bar', 'tableOffset', 'pendingOffset'])
    : undefined;
  return {
    declared: {
      ...(interrupt.line.present && { lineInterrupt: interrupt.line.oneOf(['A', 'B', 'C', 'D']) }),
      ...(interrupt.msi.present && { msi: { messages: interrupt.msi.integer(1, 32) } }),
      ...(msix && {
        msix: {
          messages: msix.messages.integer(1, 2048),
          bar: msix.bar.integer(0, 5),
          tableOffset: msix.tableOffset.integer(0, 0xffff_fff8),
          pendingOffset: msix.pendingOffset.integer(0, 0xffff_fff8),
        },
      }),
    },
    status: interrupt.while.present ? registerName(interrupt.while) : undefined,
  };
}

const registerName = (field: Field): string => field.string(NAME, 'a register name');

function barOf(
  field: Field,
  status: string | undefined,
  registers: FileRegister[],
): BarDeclaration<object> {
  const bar = field.object(
    ['index', 'type', 'size'],
    ['prefetchable', 'ram', 'policy', 'registers'],
  );
  const type = bar.type.oneOf(['memory', 'memory64', 'port']);
  const own = bar.registers.present ? bar.registers.list(MAX_REGISTERS).map(registerOf) : [];
  registers.push(...own);
  return {
    index: bar.index.integer(0, MAX_BARS - 1),
    space: type === 'port' ? 'port' : 'memory',
    bits: type === 'memory64' ? 64 : 32,
    size: bar.size.integer(4, MAX_BAR_BYTES),
    prefetchable: bar.prefetchable.present && bar.prefetchable.boolean(),
    backing: bar.ram.present && bar.ram.boolean() ? 'ram' : 'device',
    registers: own.map((row) => fileRegisterRow(row, status)),
    ...(bar.policy.present && { elsewhere: bar.policy.oneOf(POLICIES) }),
  };
}

function registerOf(field: Field): FileRegister {
  const row = field.object(
    ['name', 'at', 'size', 'access'],
    ['reset', 'widths', 'writable', 'policy', 'selfClearing', 'toggles', 'onWrite', 'summary'],
  );
  const size = sizeOf(row.size);
  const highest = (1n << BigInt(size * 8)) - 1n;
  const bits = (mask: Field): bigint | undefined =>
    mask.present ? mask.big(0n, highest) : undefined;
  const policy: RegisterPolicy | undefined = row.policy.present
    ? row.policy.oneOf(POLICIES)
    : undefined;
  return {
    name: registerName(row.name),
    at: row.at.integer(0, MAX_BAR_BYTES),
    size,
    access: row.access.oneOf(['rw', 'ro', 'wo', 'w1c', 'rc']),
    reset: bits(row.reset) ?? 0n,
    widths: row.widths.present ? row.widths.list(4).map(sizeOf) : [size],
    writable: bits(row.writable) ?? highest,
    policy,
    selfClearing: bits(row.selfClearing) ?? 0n,
    toggles: bits(row.toggles) ?? 0n,
    actions: row.onWrite.present ? row.onWrite.list(MAX_ACTIONS).map(actionOf(highest)) : [],
    ...(row.summary.present && { summary: textOf(row.summary) ?? '' }),
  };
}

function sizeOf(field: Field): AccessSize {
  const size = field.integer(1, 8);
  if (size === 1 || size === 2 || size === 4 || size === 8) return size;
  throw field.bad('is none of 1, 2, 4, 8');
}

const actionOf =
  (highest: bigint) =>
  (field: Field): FileAction => {
    const action = field.object([], ['mask', 'sets', 'clears', 'interrupt', 'afterMicroseconds']);
    const { mask, sets, clears, interrupt, afterMicroseconds } = action;
    return {
      mask: mask.present ? mask.big(1n, highest) : undefined,
      sets: sets.present ? changeOf(sets) : undefined,
      clears: clears.present ? changeOf(clears) : undefined,
      interrupt: interrupt.present ? signalOf(interrupt) : undefined,
      afterMicroseconds: afterMicroseconds.present
        ? afterMicroseconds.integer(0, MAX_WAIT_MICROSECONDS)
        : 0,
    };
  };

const signalOf = (field: Field): 'raise' | 'lower' | number =>
  field.isNumber() ? field.integer(0, 2047) : field.oneOf(['raise', 'lower']);

function changeOf(field: Field): { register: string; bits: bigint } {
  const change = field.object(['register', 'bits']);
  return {
    register: registerName(change.register),
    bits: change.bits.big(0n, 0xffff_ffff_ffff_ffffn),
  };
}

function checkReferences(
  root: Field,
  registers: readonly FileRegister[],
  status: string | undefined,
): void {
  const used = registers.flatMap(({ actions }) =>
    actions.flatMap(({ sets, clears }) => [sets?.register, clears?.register]),
  );
  for (const name of [...used, status]) {
    if (name !== undefined && !registers.some((row) => row.name === name)) {
      throw root.bad(`refers to a register ${name} that it does not declare`);
    }
  }
}
