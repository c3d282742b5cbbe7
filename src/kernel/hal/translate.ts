/** Bus addresses as the processor sees them, and interrupt lines as vectors. */
import type { HostBridge } from '../../bus/host-bridge.ts';
import { irqlOfVector, vectorOfLine } from '../../bus/interrupts.ts';
import type { Va } from '../../units/address.ts';
import type { Irql } from '../../units/irql.ts';
import type { Kernel } from '../kernel.ts';
import { hardware } from './hardware.ts';

/** AddressSpace of HalTranslateBusAddress: memory or ports. */
const MEMORY = 0;
const PORT = 1;

const bridgeOf = (kernel: Kernel, bus: number): HostBridge | undefined =>
  hardware(kernel).bus.bridges.find((bridge) => bridge.owns(bus));

/** A bridge that passes addresses through does so for all of them, RAM and firmware included. */
function forward(bridge: HostBridge, space: number, start: bigint) {
  const { memoryOffset, portsInMemory } = bridge.options;
  const isPlain = space === PORT ? portsInMemory === null : memoryOffset === 0;
  if (isPlain) return { space, start };
  if (start > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const range = bridge.toCpu(space === PORT ? 'port' : 'memory', Number(start), 1);
  if (range === undefined) return undefined;
  return { space: range.space === 'port' ? PORT : MEMORY, start: BigInt(range.start) };
}

/** Reads and writes the address space, writes the translated address; false when nothing is forwarded. */
export function translateBusAddress(
  kernel: Kernel,
  bus: number,
  address: bigint,
  spaceAt: Va,
  translatedAt: Va,
): boolean {
  const bridge = bridgeOf(kernel, bus);
  if (bridge === undefined) return false;
  const found = forward(bridge, kernel.mmu.u32(spaceAt), address);
  if (found === undefined) return false;
  kernel.mmu.write(spaceAt, 4, BigInt(found.space));
  kernel.mmu.write(translatedAt, 8, found.start);
  return true;
}

/** Vector and IRQL of an interrupt line; undefined for lines that no device is wired to. */
export function vectorFor(
  kernel: Kernel,
  line: number,
): { readonly vector: number; readonly irql: Irql } | undefined {
  const vector = vectorOfLine(line);
  const isWired = hardware(kernel).interrupts.lineOfVector(vector) === line;
  return isWired ? { vector, irql: irqlOfVector(vector) } : undefined;
}
