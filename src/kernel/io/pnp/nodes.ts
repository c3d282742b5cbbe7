/** The device tree: one node for each PCI function that a driver has been found for. */
import type { PciFunction } from '../../../bus/pci-function.ts';
import type { ResourceDescription } from '../../../bus/resources.ts';
import type { Va } from '../../../units/address.ts';
import { part } from '../../kernel.ts';

export type NodeState = 'added' | 'started' | 'stopped' | 'failed' | 'surprise-removed' | 'removed';

/** DEVICE_POWER_STATE. */
export const PowerDeviceD0 = 1;
export const PowerDeviceD3 = 4;

export interface DeviceNode {
  /** As events name it: `edu#1`. */
  readonly subject: string;
  readonly fn: PciFunction;
  readonly pdo: Va;
  readonly driver: Va;
  /** Message interrupts that the INF asks for; 0 keeps the line. */
  readonly messages: number;
  /** Which of its kind this is, for the instance id. */
  readonly instance: number;
  state: NodeState;
  resources: readonly ResourceDescription[];
  hasBeenStarted: boolean;
  /** DEVICE_POWER_STATE of the function. */
  powerState: number;
}

class Nodes {
  readonly #nodes: DeviceNode[] = [];

  get all(): readonly DeviceNode[] {
    return this.#nodes;
  }

  add(node: DeviceNode): void {
    this.#nodes.push(node);
  }

  byPdo(pdo: Va): DeviceNode | undefined {
    return this.#nodes.find((node) => node.pdo === pdo && node.state !== 'removed');
  }
}

export const nodes = part(() => new Nodes());
