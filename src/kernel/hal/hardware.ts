/** The hardware under the kernel: the machine attaches it before anything else runs. */
import type { InterruptRouter } from '../../bus/interrupts.ts';
import type { PciBus } from '../../bus/pci-bus.ts';
import type { PortSpace } from '../../bus/port-space.ts';
import { assert } from '../../units/errors.ts';
import { type Kernel, part } from '../kernel.ts';

export interface Hardware {
  readonly bus: PciBus;
  readonly ports: PortSpace;
  readonly interrupts: InterruptRouter;
}

const attached = part((): { hardware?: Hardware } => ({}));

export function attachHardware(kernel: Kernel, hardware: Hardware): void {
  attached(kernel).hardware = hardware;
}

export function hardware(kernel: Kernel): Hardware {
  const found = attached(kernel).hardware;
  assert(found !== undefined, 'the machine attaches its hardware first');
  return found;
}
