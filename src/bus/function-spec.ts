/** What a PCI function is made of, as its device declares it; the bus derives configuration space from it. */
import type { AccessSize } from '../memory/physical.ts';
import { badArgument } from '../units/errors.ts';
import { BAR_COUNT } from './pci-spec.ts';

export interface PciIdentity {
  readonly vendorId: number;
  readonly deviceId: number;
  /** Base class, sub-class, programming interface: 24 bits. */
  readonly classCode: number;
  readonly revision: number;
  readonly subsystemVendorId: number;
  readonly subsystemId: number;
}

export interface BarSpec {
  readonly index: number;
  readonly space: 'memory' | 'port';
  /** A power of two; at least 16 bytes of memory or 4 ports. */
  readonly size: number;
  /** A 64-bit base takes the next index too. */
  readonly bits: 32 | 64;
  readonly prefetchable: boolean;
  /** `ram`: loads and stores go straight to memory of the device, as in a frame buffer. */
  readonly backing: 'device' | 'ram';
}

export interface MsixSpec {
  readonly messages: number;
  readonly bar: number;
  readonly tableOffset: number;
  readonly pendingOffset: number;
}

/** Where in a capability the fields lie through which configuration accesses reach a BAR, in bytes from its start. */
export interface BarAccessFields {
  readonly bar: number;
  readonly offset: number;
  readonly length: number;
  /** Four bytes; reading or writing them reads or writes `length` bytes of the BAR. */
  readonly data: number;
}

/** A vendor-specific capability (PCI 3.0, appendix H); the bus fills in identifier, next pointer and length. */
export interface VendorCapability {
  /** What follows the length byte. */
  readonly body: Uint8Array;
  /** Bits of the body that software may write, as long as the body. */
  readonly writable?: Uint8Array;
  readonly barAccess?: BarAccessFields;
}

export interface PciFunctionSpec {
  /** As reports name it: `edu#1`. */
  readonly name: string;
  readonly identity: PciIdentity;
  readonly bars: readonly BarSpec[];
  readonly lineInterrupt: 'A' | 'B' | 'C' | 'D' | null;
  readonly msi: { readonly messages: number; readonly maskable: boolean } | null;
  readonly msix: MsixSpec | null;
  readonly powerManagement: boolean;
  readonly express: boolean;
  readonly vendor?: readonly VendorCapability[];
}

/** The device behind a function. Offsets are from the start of the base address register's range. */
export interface PciHandler {
  read(bar: number, offset: number, size: AccessSize): bigint;
  write(bar: number, offset: number, size: AccessSize, value: bigint): void;
  /** Function-level reset. */
  reset(): void;
}

const isPowerOfTwo = (value: number): boolean =>
  Number.isSafeInteger(value) && value > 0 && Number.isInteger(Math.log2(value));

const MAX_MEMORY = 2 ** 38;
const MAX_RAM_BACKED = 0x1000_0000;

/** Refuses what no PCI function can be. */
export function checkFunctionSpec(spec: PciFunctionSpec): void {
  const taken = new Set<number>();
  for (const bar of spec.bars) {
    const where = `${spec.name}: BAR ${bar.index}`;
    const problem = barProblem(bar);
    if (problem !== undefined) throw badArgument(`${where} ${problem}`);
    for (let i = 0; i < bar.bits / 32; i++) {
      if (taken.has(bar.index + i)) throw badArgument(`${where} overlaps another one`);
      taken.add(bar.index + i);
    }
  }
  const { msi, msix } = spec;
  if (msi !== null && !(isPowerOfTwo(msi.messages) && msi.messages <= 32)) {
    throw badArgument(`${spec.name}: MSI has 1, 2, 4, 8, 16 or 32 messages`);
  }
  if (msix !== null) checkMsix(spec, msix);
  for (const { body, writable } of spec.vendor ?? []) {
    if (writable !== undefined && writable.length !== body.length) {
      throw badArgument(`${spec.name}: a capability is not as long as its writable bits`);
    }
  }
}

function barProblem(bar: BarSpec): string | undefined {
  const last = bar.index + bar.bits / 32 - 1;
  if (!(Number.isInteger(bar.index) && bar.index >= 0 && last < BAR_COUNT)) {
    return `does not exist (0 to ${BAR_COUNT - 1}; 64-bit ones take two)`;
  }
  if (!isPowerOfTwo(bar.size)) return 'has a size that is no power of two';
  if (bar.space === 'port') {
    if (bar.size < 4 || bar.size > 256) return 'asks for other than 4 to 256 ports';
    if (bar.bits === 64) return 'is a 64-bit port range';
    return bar.backing === 'ram' ? 'is a port range backed by memory' : undefined;
  }
  if (bar.size < 16 || bar.size > MAX_MEMORY) return 'has a size outside 16 bytes to 256 GB';
  if (bar.bits === 32 && bar.size > 0x2000_0000) return 'is larger than 512 MB and not 64-bit';
  if (bar.backing === 'ram' && (bar.size < 0x1_0000 || bar.size > MAX_RAM_BACKED)) {
    return 'is backed by memory and outside 64 KB to 256 MB';
  }
  return undefined;
}

function checkMsix(spec: PciFunctionSpec, msix: MsixSpec): void {
  const bar = spec.bars.find((candidate) => candidate.index === msix.bar);
  const pendingBytes = Math.ceil(msix.messages / 64) * 8;
  const fits =
    bar?.space === 'memory' &&
    bar.backing === 'device' &&
    msix.tableOffset % 8 === 0 &&
    msix.pendingOffset % 8 === 0 &&
    msix.tableOffset + msix.messages * 16 <= bar.size &&
    msix.pendingOffset + pendingBytes <= bar.size;
  if (!fits || msix.messages < 1 || msix.messages > 2048) {
    throw badArgument(`${spec.name}: MSI-X tables do not fit their BAR`);
  }
}
