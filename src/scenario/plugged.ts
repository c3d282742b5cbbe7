/** A device that a run gives its driver: hardware on a bus, or software that the root bus has. */
import type { AttachedDevice } from '../devices/attach.ts';
import type { AttachedLink } from '../devices/net/link.ts';
import type { NodeDevice, SoftwareDevice } from '../kernel/io/pnp/nodes.ts';

export interface Plugged {
  /** As events name it: `edu#1`. */
  readonly subject: string;
  readonly device: NodeDevice;
  /** The far end of a network device's link. */
  readonly network: AttachedLink | undefined;
  /** Surprise removal. */
  unplug(): void;
}

export const pluggedHardware = (attached: AttachedDevice): Plugged => ({
  subject: attached.subject,
  device: attached.function,
  network: attached.instance.network,
  unplug: () => attached.unplug(),
});

/** What asks for it has no hardware: the name for that in options and reports. */
export const NO_HARDWARE = 'none';

/** Unplugging it is what closing the handle of a software device does: it is not reported any more. */
export function pluggedSoftware(n: number): Plugged {
  const device: SoftwareDevice = { present: true };
  return {
    subject: `software#${n}`,
    device,
    network: undefined,
    unplug() {
      device.present = false;
    },
  };
}
