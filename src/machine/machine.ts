/** A machine with every framework there is. */
import { FRAMEWORK_EXPORTS, FRAMEWORK_SERVICES } from '../frameworks/registry.ts';
import { BareMachine, type MachineOptions } from './bare-machine.ts';

export type { MachineOptions } from './bare-machine.ts';

export class Machine extends BareMachine {
  constructor(options: MachineOptions = {}) {
    super(options, { services: FRAMEWORK_SERVICES, documented: FRAMEWORK_EXPORTS });
  }
}
