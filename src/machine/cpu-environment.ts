/** What the machine answers the processor: ports, model-specific registers, CPUID, the time stamp. */
import type { PortSpace } from '../bus/port-space.ts';
import type { CpuEnvironment } from '../cpu/environment.ts';
import type { EventBody } from '../events/event.ts';
import { cpuid } from './cpuid.ts';
import { ModelSpecificRegisters } from './msr.ts';

export interface EnvironmentParts {
  readonly ports: PortSpace;
  readonly emit: (body: EventBody) => void;
  readonly instructions: () => number;
  /** A port is about to be accessed. */
  readonly access: () => void;
  /** Something may have become deliverable: come back before the next instruction. */
  readonly interrupt: () => void;
}

export function cpuEnvironment(parts: EnvironmentParts): CpuEnvironment {
  const { ports, emit, instructions, access, interrupt } = parts;
  const timestamp = (): bigint => BigInt(instructions());
  const registers = new ModelSpecificRegisters(timestamp);
  return {
    portRead(port, size) {
      access();
      const value = ports.read(port, size);
      const claimed = ports.isClaimed(port, size);
      emit({ kind: 'port-access', port, size, access: 'read', value, claimed });
      interrupt();
      return value;
    },
    portWrite(port, size, value) {
      access();
      const claimed = ports.isClaimed(port, size);
      emit({ kind: 'port-access', port, size, access: 'write', value, claimed });
      ports.write(port, size, value);
      interrupt();
    },
    readMsr: (register) => registers.read(register),
    writeMsr: (register, value) => registers.write(register, value),
    cpuid,
    timestamp,
    interruptsEnabled: interrupt,
  };
}
