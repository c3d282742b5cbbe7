/** Puts a device of a model into a slot of a bus. */
import type { DeviceClock } from '../bus/device-clock.ts';
import type { PciIdentity } from '../bus/function-spec.ts';
import type { PciBus, Placement } from '../bus/pci-bus.ts';
import type { PciFunction } from '../bus/pci-function.ts';
import type { DeviceEventSink } from '../events/device.ts';
import type { DeviceModel } from './device.ts';
import type { DeviceInstance, InstanceSite } from './instance.ts';
import type { NetworkOptions } from './net/link.ts';

export interface AttachOptions {
  /** The name in events: `edu#1`. */
  readonly subject: string;
  readonly clock: DeviceClock;
  readonly seed?: number;
  readonly placement?: Placement;
  readonly report?: DeviceEventSink;
  readonly answer?: InstanceSite['answer'];
  /** Replaces parts of the model's identity, such as a subsystem that an INF asks for. */
  readonly identity?: Partial<PciIdentity>;
  /** Who is at the other end of a network device's link. */
  readonly network?: NetworkOptions;
}

export interface AttachedDevice {
  readonly subject: string;
  readonly model: DeviceModel;
  readonly function: PciFunction;
  readonly instance: DeviceInstance;
  /** Surprise removal. */
  unplug(): void;
}

export function attachDevice(
  bus: PciBus,
  model: DeviceModel,
  options: AttachOptions,
): AttachedDevice {
  const { subject, clock } = options;
  const spec = model.functionSpec(subject);
  const identity = { ...spec.identity, ...options.identity };
  const fn = bus.add({ ...spec, identity }, options.placement);
  const instance = model.create({
    subject,
    seed: options.seed ?? 0,
    clock,
    dma: fn.dma,
    memory: (bar) => fn.windowOf(bar)?.memory,
    report: options.report ?? (() => {}),
    raise: () => fn.raise(),
    lower: () => fn.lower(),
    message: (n) => fn.message(n),
    messagesOn: () => fn.messages.enabled,
    awake: () => fn.powerState === 0,
    network: options.network,
    answer: options.answer,
  });
  fn.connect(instance);
  return {
    subject,
    model,
    function: fn,
    instance,
    unplug() {
      instance.stop();
      fn.unplug();
    },
  };
}
