/** What a function needs and what it was given, raw and translated, as the PnP manager will describe it. */
import type { BusAddress } from '../units/address.ts';
import type { Irql } from '../units/irql.ts';
import type { BarSpec, PciFunctionSpec } from './function-spec.ts';
import type { BusSpace } from './host-bridge.ts';

/** A memory or port range. `type` is the raw side's; the translated side may differ in kind as in address. */
export interface RangeResource {
  readonly type: 'memory' | 'memory-large' | 'port';
  readonly bar: number;
  readonly rawStart: BusAddress;
  readonly translatedType: 'memory' | 'memory-large' | 'port';
  /** CPU physical address, or the processor's port number. */
  readonly translatedStart: number;
  readonly length: number;
  readonly prefetchable: boolean;
  readonly bits: 32 | 64;
}

/** A shared, level-triggered line: raw level and vector are both the line number. */
export interface LineResource {
  readonly type: 'interrupt';
  readonly line: number;
  readonly irql: Irql;
  readonly vector: number;
  /** One bit per processor. */
  readonly affinity: number;
}

/** MSI is described once with its number of messages, MSI-X once per message. */
export interface MessageResource {
  readonly type: 'message-interrupt';
  readonly mechanism: 'msi' | 'msi-x';
  /** First message this describes, and how many follow. */
  readonly message: number;
  readonly messageCount: number;
  readonly irql: Irql;
  /** Of the first message; the others follow. */
  readonly vector: number;
  readonly affinity: number;
  readonly address: BusAddress;
  readonly data: number;
}

export type ResourceDescription = RangeResource | LineResource | MessageResource;

/** What to ask for before resources are assigned; `maximum` is inclusive. */
export interface RangeRequirement {
  readonly type: 'memory' | 'memory-large' | 'port';
  readonly bar: number;
  readonly length: number;
  readonly alignment: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly prefetchable: boolean;
}

export interface InterruptRequirement {
  readonly type: 'interrupt' | 'message-interrupt';
  /** Messages wanted, or 1 for a line. */
  readonly count: number;
}

/** Lengths that a 32-bit count cannot hold are described as large memory. */
export const rangeType = (space: BusSpace, length: number): 'memory' | 'memory-large' | 'port' => {
  if (space === 'port') return 'port';
  return length > 0xffff_ffff ? 'memory-large' : 'memory';
};

export function requirementsOf(
  spec: PciFunctionSpec,
): readonly (RangeRequirement | InterruptRequirement)[] {
  const messages = spec.msix?.messages ?? spec.msi?.messages ?? 0;
  return [
    ...spec.bars.map(rangeRequirement),
    ...(messages > 0 ? [{ type: 'message-interrupt' as const, count: messages }] : []),
    ...(spec.lineInterrupt !== null ? [{ type: 'interrupt' as const, count: 1 }] : []),
  ];
}

const rangeRequirement = (bar: BarSpec): RangeRequirement => ({
  type: rangeType(bar.space, bar.size),
  bar: bar.index,
  length: bar.size,
  alignment: bar.size,
  minimum: 0,
  maximum: bar.space === 'port' ? 0xffff : bar.bits === 32 ? 0xffff_ffff : Number.MAX_SAFE_INTEGER,
  prefetchable: bar.prefetchable,
});
