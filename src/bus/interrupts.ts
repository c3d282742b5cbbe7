/** From a device's interrupt to the processor's vector: shared level-triggered lines, and messages that are edges. */
import type { BusAddress } from '../units/address.ts';
import { assert } from '../units/errors.ts';
import type { Irql } from '../units/irql.ts';
import { MESSAGE_ADDRESS, MESSAGE_ADDRESS_END } from './pci-spec.ts';

export interface DeliveredInterrupt {
  readonly vector: number;
  readonly trigger: 'level' | 'edge';
  readonly line: number | null;
}

/** What a function on the bus sees of the interrupt hardware. */
export interface InterruptController {
  /** A line stays asserted while any source asserts it. */
  setLine(line: number, source: string, asserted: boolean): void;
  /** The vector that a message write raises, or nothing when it lies outside the interrupt range. */
  message(address: BusAddress, data: number): number | undefined;
}

/** Lines 16 to 23, as PCI interrupts of a PC with an I/O APIC. */
const FIRST_PCI_LINE = 16;
const PCI_LINES = 8;
const FIRST_LINE_VECTOR = 0x51;
const LINE_VECTOR_STEP = 8;
/** Above every line's vector and below the clock's. */
const FIRST_MESSAGE_VECTOR = 0x90;
const MESSAGE_VECTORS = 0x30;

/** On x64 a vector's upper four bits are its IRQL. */
export const irqlOfVector = (vector: number): Irql => vector >> 4;

export const vectorOfLine = (line: number): number =>
  FIRST_LINE_VECTOR + (line - FIRST_PCI_LINE) * LINE_VECTOR_STEP;

export class InterruptRouter implements InterruptController {
  readonly #sources = new Map<number, Set<string>>();
  readonly #messageUsed = new Set<number>();
  /** Told of every interrupt; what to do about IRQL and unconnected vectors is the listener's business. */
  onInterrupt: (interrupt: DeliveredInterrupt) => void = () => {};

  setLine(line: number, source: string, asserted: boolean): void {
    const sources = this.#sources.get(line) ?? new Set<string>();
    this.#sources.set(line, sources);
    const wasAsserted = sources.size > 0;
    if (asserted) sources.add(source);
    else sources.delete(source);
    if (!wasAsserted && sources.size > 0) this.#deliverLine(line);
  }

  message(address: BusAddress, data: number): number | undefined {
    if (address < MESSAGE_ADDRESS || address >= MESSAGE_ADDRESS_END) return undefined;
    const vector = data & 0xff;
    this.onInterrupt({ vector, trigger: 'edge', line: null });
    return vector;
  }

  isLineAsserted(line: number): boolean {
    return (this.#sources.get(line)?.size ?? 0) > 0;
  }

  /** Who holds a line up, in the order they raised it. */
  sourcesOf(line: number): readonly string[] {
    return [...(this.#sources.get(line) ?? [])];
  }

  lineOfVector(vector: number): number | undefined {
    for (let line = FIRST_PCI_LINE; line < FIRST_PCI_LINE + PCI_LINES; line++) {
      if (vectorOfLine(line) === vector) return line;
    }
    return undefined;
  }

  /** End of interrupt: a line that is still asserted interrupts again. */
  endOfInterrupt(vector: number): void {
    const line = this.lineOfVector(vector);
    if (line !== undefined && this.isLineAsserted(line)) this.#deliverLine(line);
  }

  /** Consecutive vectors, the first a multiple of their number, as MSI needs them. */
  allocateVectors(count: number): number | undefined {
    assert(count >= 1, 'a device asks for at least one message');
    const step = 2 ** Math.ceil(Math.log2(count));
    const end = FIRST_MESSAGE_VECTOR + MESSAGE_VECTORS;
    for (let first = Math.ceil(FIRST_MESSAGE_VECTOR / step) * step; first + count <= end; ) {
      const vectors = Array.from({ length: count }, (_, i) => first + i);
      if (!vectors.some((vector) => this.#messageUsed.has(vector))) {
        for (const vector of vectors) this.#messageUsed.add(vector);
        return first;
      }
      first += step;
    }
    return undefined;
  }

  releaseVectors(first: number, count: number): void {
    for (let i = 0; i < count; i++) this.#messageUsed.delete(first + i);
  }

  #deliverLine(line: number): void {
    this.onInterrupt({ vector: vectorOfLine(line), trigger: 'level', line });
  }
}
