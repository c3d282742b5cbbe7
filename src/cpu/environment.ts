/** What the machine around the processor answers. */

export type PortSize = 1 | 2 | 4;

export interface CpuIdResult {
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
}

export interface CpuEnvironment {
  portRead(port: number, size: PortSize): number;
  portWrite(port: number, size: PortSize, value: number): void;
  /** Nothing when there is no such register: #GP(0). */
  readMsr(msr: number): bigint | undefined;
  /** False when there is no such register or the value is refused: #GP(0). */
  writeMsr(msr: number, value: bigint): boolean;
  cpuid(leaf: number, subleaf: number): CpuIdResult;
  timestamp(): bigint;
  /** RFLAGS.IF went from 0 to 1: lower `state.limit` to be asked before the next instruction. */
  interruptsEnabled?(): void;
}
