/** Gives a function its ranges and interrupts and programs it for them, as the PCI bus driver does at start. */
import { type BusAddress, busAddress } from '../units/address.ts';
import { assert } from '../units/errors.ts';
import { barRegister, MSI_ADDRESS, MSI_ADDRESS_HIGH, MSI_DATA } from './config-layout.ts';
import { type InterruptRouter, irqlOfVector, vectorOfLine } from './interrupts.ts';
import type { PciFunction } from './pci-function.ts';
import * as pci from './pci-spec.ts';
import {
  type LineResource,
  type MessageResource,
  type RangeResource,
  type ResourceDescription,
  rangeType,
} from './resources.ts';

export interface AssignmentChoice {
  /** Most messages to grant; 0 keeps the line interrupt. Fewer are granted when fewer are free. */
  readonly messages: number;
}

export interface Assignment {
  readonly resources: readonly ResourceDescription[];
  readonly vectors: { readonly first: number; readonly count: number } | null;
}

const ONLY_PROCESSOR = 1;
const MESSAGES_AT = busAddress(pci.MESSAGE_ADDRESS);

/** Nothing when the bridge's windows are full. */
export function assign(
  fn: PciFunction,
  router: InterruptRouter,
  choice: AssignmentChoice,
): Assignment | undefined {
  const ranges: RangeResource[] = [];
  for (const { spec } of fn.windows) {
    const range = allocateRange(fn, spec.index);
    if (range === undefined) {
      for (const taken of ranges) releaseRange(fn, taken);
      return undefined;
    }
    ranges.push(range);
  }
  const messages = allocateMessages(fn, router, choice);
  const interrupts = messages?.resources ?? lineResources(fn);
  return { resources: [...ranges, ...interrupts], vectors: messages?.vectors ?? null };
}

/** Messages in place of the line that firmware has given. */
export function withMessages(
  fn: PciFunction,
  router: InterruptRouter,
  assignment: Assignment,
  choice: AssignmentChoice,
): Assignment {
  if (assignment.vectors !== null) return assignment;
  const messages = allocateMessages(fn, router, choice);
  if (messages === undefined) return assignment;
  const ranges = assignment.resources.filter((resource) => 'bar' in resource);
  return { resources: [...ranges, ...messages.resources], vectors: messages.vectors };
}

export function unassign(fn: PciFunction, router: InterruptRouter, assignment: Assignment): void {
  for (const resource of assignment.resources) {
    if ('bar' in resource) releaseRange(fn, resource);
  }
  const { vectors } = assignment;
  if (vectors !== null) router.releaseVectors(vectors.first, vectors.count);
}

/** Writes the assignment into configuration space and switches decoding and bus mastering on. */
export function program(fn: PciFunction, assignment: Assignment): void {
  switchOff(fn);
  const messages: MessageResource[] = [];
  let enable = pci.COMMAND_BUS_MASTER;
  for (const resource of assignment.resources) {
    switch (resource.type) {
      case 'interrupt':
        fn.writeConfig(pci.INTERRUPT_LINE, 1, resource.line);
        break;
      case 'message-interrupt':
        messages.push(resource);
        break;
      default:
        enable |= resource.type === 'port' ? pci.COMMAND_IO_SPACE : pci.COMMAND_MEMORY_SPACE;
        writeBar(fn, resource);
    }
  }
  programMessages(fn, messages);
  fn.writeConfig(pci.COMMAND, 2, fn.readConfig(pci.COMMAND, 2) | enable);
}

/** Decoding, bus mastering and messages off; addresses stay in the registers. */
export function switchOff(fn: PciFunction): void {
  const off = pci.COMMAND_IO_SPACE | pci.COMMAND_MEMORY_SPACE | pci.COMMAND_BUS_MASTER;
  fn.writeConfig(pci.COMMAND, 2, fn.readConfig(pci.COMMAND, 2) & ~off);
  const { msi, msix } = fn.capabilities;
  if (msi !== null) fn.writeConfig(msi + pci.MSI_CONTROL, 2, 0);
  if (msix !== null) fn.writeConfig(msix + pci.MSI_X_CONTROL, 2, 0);
}

function allocateRange(fn: PciFunction, bar: number): RangeResource | undefined {
  const spec = fn.windowOf(bar)?.spec;
  assert(spec !== undefined, `${fn.spec.name} has no BAR ${bar}`);
  const rawStart = fn.bridge.allocate(spec.space, spec.size, spec.bits);
  if (rawStart === undefined) return undefined;
  const cpu = fn.bridge.toCpu(spec.space, rawStart, spec.size);
  assert(cpu !== undefined, 'a bridge forwards what it hands out');
  return {
    type: rangeType(spec.space, spec.size),
    bar,
    rawStart,
    translatedType: rangeType(cpu.space, spec.size),
    translatedStart: cpu.start,
    length: spec.size,
    prefetchable: spec.prefetchable,
    bits: spec.bits,
  };
}

const releaseRange = (fn: PciFunction, range: RangeResource): void =>
  fn.bridge.release(range.type === 'port' ? 'port' : 'memory', range.rawStart, range.length);

function lineResources(fn: PciFunction): readonly LineResource[] {
  if (fn.line === null) return [];
  const vector = vectorOfLine(fn.line);
  const irql = irqlOfVector(vector);
  return [{ type: 'interrupt', line: fn.line, irql, vector, affinity: ONLY_PROCESSOR }];
}

function allocateMessages(
  fn: PciFunction,
  router: InterruptRouter,
  choice: AssignmentChoice,
):
  | { resources: readonly MessageResource[]; vectors: { first: number; count: number } }
  | undefined {
  const { msi, msix } = fn.spec;
  const capable = msix?.messages ?? msi?.messages ?? 0;
  let count = Math.min(capable, Math.max(0, Math.floor(choice.messages)));
  if (msix === null && count > 0) count = 2 ** Math.floor(Math.log2(count));
  for (; count >= 1; count = Math.floor(count / 2)) {
    const first = router.allocateVectors(count);
    if (first === undefined) continue;
    const resources =
      msix === null
        ? [messageResource('msi', 0, count, first)]
        : Array.from({ length: count }, (_, n) => messageResource('msi-x', n, 1, first + n));
    return { resources, vectors: { first, count } };
  }
  return undefined;
}

const messageResource = (
  mechanism: 'msi' | 'msi-x',
  message: number,
  messageCount: number,
  vector: number,
): MessageResource => ({
  type: 'message-interrupt',
  mechanism,
  message,
  messageCount,
  irql: irqlOfVector(vector),
  vector,
  affinity: ONLY_PROCESSOR,
  address: MESSAGES_AT,
  data: vector,
});

function writeBar(fn: PciFunction, range: RangeResource): void {
  const at = barRegister(range.bar);
  fn.writeConfig(at, 4, lowHalf(range.rawStart));
  if (range.bits === 64) fn.writeConfig(at + 4, 4, Math.floor(range.rawStart / 2 ** 32));
}

function programMessages(fn: PciFunction, messages: readonly MessageResource[]): void {
  const first = messages[0];
  if (first === undefined) return;
  const { msi, msix } = fn.capabilities;
  if (first.mechanism === 'msi-x' && msix !== null) {
    for (const { message, address, data } of messages) {
      fn.messages.setEntry(message, address, data);
    }
    fn.writeConfig(msix + pci.MSI_X_CONTROL, 2, pci.MSI_X_ENABLE);
  } else if (msi !== null) {
    fn.writeConfig(msi + MSI_ADDRESS, 4, lowHalf(first.address));
    fn.writeConfig(msi + MSI_ADDRESS_HIGH, 4, Math.floor(first.address / 2 ** 32));
    fn.writeConfig(msi + MSI_DATA, 2, first.data);
    const granted = Math.log2(first.messageCount) << pci.MSI_MULTIPLE_ENABLE_SHIFT;
    fn.writeConfig(msi + pci.MSI_CONTROL, 2, pci.MSI_ENABLE | granted);
  }
}

const lowHalf = (address: BusAddress): number => address % 2 ** 32;
