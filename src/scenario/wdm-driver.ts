/** A compiled WDM driver in the hands of a test: each phase is a plain call that ends when the driver has answered. */
import type { AttachedDevice } from '../devices/attach.ts';
import type { Blocking } from '../kernel/effects.ts';
import type { PnpAnswer } from '../kernel/io/pnp/pnp-manager.ts';
import {
  deviceControl,
  readFile,
  type UserAnswer,
  type UserFile,
  writeFile,
} from '../kernel/io/user/user-requests.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Machine } from '../machine/machine.ts';
import type { Va } from '../units/address.ts';
import { badArgument } from '../units/errors.ts';
import type { NtStatus } from '../units/status.ts';
import { Journal } from './journal.ts';
import { pluggedHardware } from './plugged.ts';
import { close, open } from './use.ts';
import {
  add,
  askToRemove,
  askToStop,
  type Held,
  type Life,
  load,
  lose,
  powerCycle,
  remove,
  start,
  stop,
  unload,
  use,
} from './wdm-steps.ts';

/** Loads the image and calls DriverEntry. A run that ends early (bug check, not modelled) throws its `RunEnd`. */
export function loadWdmDriver(machine: Machine, bytes: Uint8Array, fileName: string): WdmDriver {
  const image = machine.loadImage(bytes, fileName);
  const driverName = fileName.replace(/\.[^.]*$/, '');
  const life: Life = { machine, image, driverName, ioctls: [], journal: new Journal(machine) };
  const { driver, status } = machine.run('load', () => load(life));
  return new WdmDriver(life, driver, status);
}

export class WdmDriver {
  /** What DriverEntry returned. */
  readonly status: NtStatus;
  readonly #life: Life;
  readonly #driver: Va;

  constructor(life: Life, driver: Va, status: NtStatus) {
    this.#life = life;
    this.#driver = driver;
    this.status = status;
  }

  /** AddDevice for a device that the machine has. */
  add(attached: AttachedDevice): WdmDevice {
    const { machine } = this.#life;
    const { held, status } = machine.run('add', () =>
      add(this.#life, this.#driver, pluggedHardware(attached)),
    );
    return new WdmDevice(held, status);
  }

  /** DriverUnload, and the image goes out of memory. */
  unload(): void {
    this.#life.machine.run('unload', () => unload(this.#life, this.#driver));
    this.#life.image.unload();
  }
}

/** One device of the driver. Every method gives the status that the driver answered. */
export class WdmDevice {
  /** What AddDevice returned. */
  readonly status: NtStatus;
  readonly #held: Held;

  constructor(held: Held, status: NtStatus) {
    this.#held = held;
    this.status = status;
  }

  start(): NtStatus {
    return this.#pnp(start(this.#held, 'start'));
  }
  /** START again, with other resources. */
  restart(): NtStatus {
    return this.#pnp(start(this.#held, 'restart'));
  }
  queryStop(): NtStatus {
    return this.#pnp(askToStop(this.#held));
  }
  stop(): NtStatus {
    return this.#pnp(stop(this.#held));
  }
  queryRemove(): NtStatus {
    return this.#pnp(askToRemove(this.#held));
  }
  /** Pulls the hardware out and tells the driver. */
  surpriseRemoval(): NtStatus {
    return this.#pnp(lose(this.#held));
  }
  remove(): NtStatus {
    return this.#pnp(remove(this.#held));
  }
  powerCycle(): void {
    this.#run(powerCycle(this.#held));
  }

  /** Opens the device, sends one control request, closes it. */
  deviceControl(code: number, input: Uint8Array, outputLength: number): UserAnswer {
    return this.#request((kernel, file) => deviceControl(kernel, file, code, input, outputLength));
  }
  read(length: number): UserAnswer {
    return this.#request((kernel, file) => readFile(kernel, file, length));
  }
  write(data: Uint8Array): UserAnswer {
    return this.#request((kernel, file) => writeFile(kernel, file, data));
  }

  #request(send: (kernel: Kernel, file: UserFile) => Blocking<UserAnswer>): UserAnswer {
    const { kernel } = this.#held.life.machine;
    return this.#run(
      use(this.#held, function* (application) {
        const file = yield* open(application);
        if (file === null) throw badArgument('the driver did not let the device be opened');
        const answer = yield* send(kernel, file);
        yield* close(application, file);
        return answer;
      }),
    );
  }

  #pnp(step: Blocking<PnpAnswer>): NtStatus {
    return this.#run(step).answered;
  }

  #run<T>(body: Blocking<T>): T {
    return this.#held.life.machine.run('PnP manager', () => body);
  }
}
