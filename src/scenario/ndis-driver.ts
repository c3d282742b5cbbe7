/** A compiled NDIS miniport driver in the hands of a test: loaded, given adapters, unloaded. */
import type { AttachedDevice } from '../devices/attach.ts';
import { suitNdis } from '../frameworks/ndis/host-version.ts';
import { parsePe } from '../image/pe.ts';
import type { LoadedDriver } from '../kernel/io/pnp/load.ts';
import type { DriverImage } from '../machine/driver-image.ts';
import type { Machine } from '../machine/machine.ts';
import { badArgument } from '../units/errors.ts';
import { isSuccess, type NtStatus, statusName } from '../units/status.ts';
import { frameworkOf, isNdis5, USUAL_DEVICE } from './framework.ts';
import { hardwareFor } from './installed.ts';
import { Journal } from './journal.ts';
import { NdisAdapter } from './ndis-adapter.ts';
import { load, type NdisLife, unload } from './ndis-steps.ts';
import { pluggedHardware, pluggedSoftware } from './plugged.ts';

/**
 * Loads the image of a miniport driver, NDIS 6.x or 5.1, and calls DriverEntry. A run that ends early
 * (bug check, not modelled) throws its `RunEnd`.
 *
 * @example
 * const driver = loadNdisDriver(machine, readFileSync('mynic.sys'), 'mynic.sys');
 * const adapter = driver.add(machine.addDevice(deviceNamed('e1000'), 'e1000#1'));
 * adapter.initialize();
 * adapter.restart();
 */
export function loadNdisDriver(machine: Machine, bytes: Uint8Array, fileName: string): NdisDriver {
  const { imports } = parsePe(bytes);
  if (frameworkOf(imports) !== 'ndis') {
    throw badArgument(`${fileName} registers no miniport; loadWdmDriver loads other drivers`);
  }
  const image = machine.loadImage(bytes, fileName);
  suitNdis(machine.kernel, imports);
  const driverName = fileName.replace(/\.[^.]*$/, '');
  const life = { machine, driverName, journal: new Journal(machine), setup: {}, ioctls: [] };
  const loaded = machine.run('load', () => load(life, image));
  return new NdisDriver(life, image, loaded);
}

export interface AdapterOptions {
  /** The driver's INF: its values for the adapter's key, and the message interrupts that it asks for. */
  readonly inf?: Uint8Array;
}

export class NdisDriver {
  /** What DriverEntry returned. */
  readonly status: NtStatus;
  readonly #life: NdisLife;
  readonly #image: DriverImage;
  readonly #loaded: LoadedDriver;
  readonly #adapters: NdisAdapter[] = [];

  constructor(life: NdisLife, image: DriverImage, loaded: LoadedDriver) {
    this.#life = life;
    this.#image = image;
    this.#loaded = loaded;
    this.status = loaded.status;
  }

  /** An adapter on a device that the machine has, or without hardware. The driver hears of it in `initialize`. */
  add(attached: AttachedDevice | null, { inf }: AdapterOptions = {}): NdisAdapter {
    const { driver, isPnp } = this.#loaded;
    const fileName = this.#image.module.name;
    if (!isSuccess(this.status)) {
      throw badArgument(`add: DriverEntry of ${fileName} answered ${statusName(this.status)}`);
    }
    if (!isPnp) throw badArgument(`add: DriverEntry of ${fileName} registered no miniport`);
    const device = attached === null ? null : attached.model;
    const { setup } = hardwareFor({ device, usual: USUAL_DEVICE.ndis, fileName, inf });
    const plugged =
      attached === null ? pluggedSoftware(this.#adapters.length + 1) : pluggedHardware(attached);
    const isLegacy = isNdis5(this.#image.imports);
    const adapter = new NdisAdapter({ life: { ...this.#life, setup }, driver, plugged, isLegacy });
    this.#adapters.push(adapter);
    return adapter;
  }

  /** The driver's unload routine, and the image goes out of memory. Every adapter has to be gone. */
  unload(): void {
    const left = this.#adapters.find(({ isThere }) => isThere);
    if (left !== undefined) {
      throw badArgument(`unload: ${left.subject} is still there (${left.state}); halt() it first`);
    }
    const { driver, status } = this.#loaded;
    if (isSuccess(status)) this.#life.machine.run('unload', () => unload(this.#life, driver));
    this.#image.unload();
  }
}
