/** The device tree: one node for each device that a driver has been found for, PCI functions and software devices. */
import { PciFunction } from '../../../bus/pci-function.ts';
import type { ResourceDescription } from '../../../bus/resources.ts';
import type { InfClass, InfRegistryValue } from '../../../image/inf/inf.ts';
import type { Va } from '../../../units/address.ts';
import { part } from '../../kernel.ts';

export type NodeState = 'added' | 'started' | 'stopped' | 'failed' | 'surprise-removed' | 'removed';

/** DEVICE_POWER_STATE. */
export const PowerDeviceD0 = 1;
export const PowerDeviceD3 = 4;

/** What an INF says of a device that it installs. */
export interface Installation {
  readonly description: string;
  readonly manufacturer: string;
  readonly provider: string;
  /** Nothing for the class that the hardware suggests. */
  readonly setupClass: InfClass | undefined;
  /** The id of the INF that matched, and the section that it leads to. */
  readonly hardwareId: string;
  readonly section: string;
  readonly values: readonly InfRegistryValue[];
}

/** A device that is no hardware: it is there because it was installed, below the root bus. */
export interface SoftwareDevice {
  /** False once it is not reported any more. */
  present: boolean;
}

export type NodeDevice = PciFunction | SoftwareDevice;

export interface DeviceNode {
  /** As events name it: `edu#1`. */
  readonly subject: string;
  /** What it is a node of: the same for a device that comes back. */
  readonly device: NodeDevice;
  /** The device as a PCI function; nothing for one that is software alone. */
  readonly fn: PciFunction | undefined;
  readonly pdo: Va;
  readonly driver: Va;
  /** Message interrupts that the INF asks for and its drivers have not taken out; 0 keeps the line. */
  messages: number;
  /** Which of its kind this is, for the instance id. */
  readonly instance: number;
  readonly installation: Installation | null;
  state: NodeState;
  resources: readonly ResourceDescription[];
  hasBeenStarted: boolean;
  /** DEVICE_POWER_STATE of the function. */
  powerState: number;
}

export const functionOf = (device: NodeDevice): PciFunction | undefined =>
  device instanceof PciFunction ? device : undefined;

/** False when the hardware was pulled out, or the software device is not reported any more. */
export const isThere = ({ device }: DeviceNode): boolean =>
  device instanceof PciFunction ? device.plugged : device.present;

class Nodes {
  readonly #nodes: DeviceNode[] = [];

  get all(): readonly DeviceNode[] {
    return this.#nodes;
  }

  add(node: DeviceNode): void {
    this.#nodes.push(node);
  }

  /** A device that comes back is the one it was; others are counted. */
  instanceFor(device: NodeDevice): number {
    const known = this.#nodes.find((node) => node.device === device);
    return known?.instance ?? new Set(this.#nodes.map((node) => node.device)).size;
  }

  byPdo(pdo: Va): DeviceNode | undefined {
    return this.#nodes.find((node) => node.pdo === pdo && node.state !== 'removed');
  }
}

export const nodes = part(() => new Nodes());
