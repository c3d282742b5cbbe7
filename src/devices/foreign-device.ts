/** A device of the user's at work: what its handlers throw is told as the fault of its file, with the line. */
import type { DeviceClock } from '../bus/device-clock.ts';
import type { AccessSize } from '../memory/physical.ts';
import { hex } from '../units/address.ts';
import { HostError } from '../units/errors.ts';
import type { DeviceModel } from './device.ts';
import type { DeviceInstance } from './instance.ts';

/** `source` names the file. */
export const foreignDevice = (model: DeviceModel, source: string): DeviceModel => ({
  ...model,
  create(site) {
    const guard = guardFor(model.name, source);
    const clock = guardedClock(site.clock, guard);
    const instance = guard('when it was made', () => model.create({ ...site, clock }));
    return guardedInstance(instance, guard);
  },
});

type Guard = <T>(when: string, body: () => T) => T;

/** Told once, however many handlers it passes through. */
class DeviceFault extends HostError {}

const guardFor =
  (name: string, source: string): Guard =>
  (when, body) => {
    try {
      return body();
    } catch (cause) {
      if (cause instanceof DeviceFault) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      const place = placeIn(cause, source);
      const message = `${source}${place}: the device ${name} failed ${when}: ${why}`;
      throw new DeviceFault('bad-argument', message, { cause });
    }
  };

/** Line and column of the innermost stack frame in the file. */
function placeIn(cause: unknown, source: string): string {
  const file = source.split(/[/\\]/).at(-1);
  if (!(cause instanceof Error) || cause.stack === undefined || file === undefined) return '';
  const frame = cause.stack.split('\n').find((line) => line.includes(file));
  return frame === undefined ? '' : (/(:\d+:\d+)\)?$/.exec(frame)?.[1] ?? '');
}

const guardedClock = (clock: DeviceClock, guard: Guard): DeviceClock => ({
  now: () => clock.now(),
  after: (delay, callback) => clock.after(delay, () => guard('in a timer', callback)),
});

const access = (what: string, bar: number, offset: number, size: AccessSize): string =>
  `in a ${size}-byte ${what} of BAR ${bar} + ${hex(offset)}`;

const guardedInstance = (instance: DeviceInstance, guard: Guard): DeviceInstance => ({
  get network() {
    return instance.network;
  },
  read: (bar, offset, size) =>
    guard(access('read', bar, offset, size), () => instance.read(bar, offset, size)),
  write: (bar, offset, size, value) =>
    guard(access('write', bar, offset, size), () => instance.write(bar, offset, size, value)),
  reset: () => guard('in a reset', () => instance.reset()),
  stop: () => instance.stop(),
  snapshot: () => guard('when its state was saved', () => instance.snapshot()),
  restore: (snapshot) => guard('when its state was put back', () => instance.restore(snapshot)),
});
