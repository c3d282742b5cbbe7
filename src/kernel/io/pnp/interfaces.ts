/** Device interfaces: names by class, which lead to a device while they are enabled. */
import { utf16Bytes } from '../../../layout/nt.ts';
import { NULL, type Va } from '../../../units/address.ts';
import { type NtStatus, STATUS } from '../../../units/status.ts';
import { pool } from '../../ex/pool.ts';
import { type Kernel, part } from '../../kernel.ts';
import { namespace } from '../../ob/namespace.ts';
import { devices } from '../devices.ts';
import { instancePath } from './node-ids.ts';
import { type DeviceNode, nodes } from './nodes.ts';

export interface DeviceInterface {
  readonly node: DeviceNode;
  /** Class, upper case in braces. */
  readonly guid: string;
  readonly reference: string;
  /** `\??\PCI#VEN_...#{...}` */
  readonly link: string;
  enabled: boolean;
}

class Interfaces {
  readonly #kernel: Kernel;
  readonly #all: DeviceInterface[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  get all(): readonly DeviceInterface[] {
    return this.#all;
  }

  /** The interface of that class and reference string, registered now if it was not. */
  register(node: DeviceNode, guid: string, reference: string): DeviceInterface {
    const path = instancePath(node).replaceAll('\\', '#');
    const tail = reference === '' ? '' : `\\${reference}`;
    const link = `\\??\\${path}#${guid.toLowerCase()}${tail}`;
    const known = this.byLink(link);
    if (known !== undefined) return known;
    const made = { node, guid, reference, link, enabled: false };
    this.#all.push(made);
    return made;
  }

  byLink(link: string): DeviceInterface | undefined {
    const wanted = link.toLowerCase();
    return this.#all.find((one) => one.link.toLowerCase() === wanted && isPresent(one));
  }

  setState(one: DeviceInterface, enable: boolean): NtStatus {
    if (one.enabled === enable) {
      return enable ? STATUS.OBJECT_NAME_EXISTS : STATUS.OBJECT_NAME_NOT_FOUND;
    }
    one.enabled = enable;
    const target = devices(this.#kernel).nameOf(one.node.pdo) ?? '';
    if (enable) namespace(this.#kernel).insert(baseOf(one), { kind: 'link', target });
    else if (!this.#all.some((other) => other.enabled && baseOf(other) === baseOf(one))) {
      namespace(this.#kernel).remove(baseOf(one));
    }
    return STATUS.SUCCESS;
  }

  /** Enabled interfaces of a class, or all of it; of one device, or of every one. */
  of(guid: string, pdo: Va, inactiveToo: boolean): readonly DeviceInterface[] {
    return this.#all.filter(
      (one) =>
        one.guid === guid &&
        isPresent(one) &&
        (inactiveToo || one.enabled) &&
        (pdo === NULL || one.node.pdo === pdo),
    );
  }

  /** Names by which applications reach a device now. */
  linksOf(node: DeviceNode): readonly string[] {
    return this.#all.filter((one) => one.node === node && one.enabled).map(({ link }) => link);
  }
}

/** The reference string is what the device finds left of the name when it is opened. */
const baseOf = ({ link, reference }: DeviceInterface): string =>
  reference === '' ? link : link.slice(0, -reference.length - 1);

const isPresent = ({ node }: DeviceInterface): boolean => node.state !== 'removed';

export const interfaces = part((kernel) => new Interfaces(kernel));

/** The node of a PDO; nothing for other device objects. */
export const nodeOf = (kernel: Kernel, pdo: Va): DeviceNode | undefined => nodes(kernel).byPdo(pdo);

/** Names one after the other and an empty one, in pool that the driver has to free. */
export function placeNames(kernel: Kernel, names: readonly string[]): Va | undefined {
  const bytes = utf16Bytes(`${names.map((name) => `${name}\0`).join('')}\0`);
  const at = pool(kernel).allocate(bytes.length, 'PpIf', 'paged', true);
  if (at !== undefined) kernel.mmu.writeBytes(at, bytes);
  return at;
}
