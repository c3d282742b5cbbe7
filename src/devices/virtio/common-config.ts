/** The common configuration structure, ISR status and notifications of a virtio device on PCI (VIRTIO 1.2, 4.1.4.3 to 4.1.4.5). */
import { hex } from '../../units/address.ts';
import type { DeviceHost } from '../host.ts';
import type { RegisterRow } from '../register.ts';
import * as spec from '../spec/virtio.ts';
import type { QueueState } from './queue.ts';
import { type QueueDeclaration, queueTimer, Virtio, type VirtioState } from './runtime.ts';

export interface TransportFacts<Own extends object> {
  /** Everything the device offers. */
  readonly features: bigint;
  readonly requirements: readonly (readonly [feature: bigint, oneOf: bigint])[];
  readonly queues: readonly QueueDeclaration[];
  readonly messages: number;
  /** Back to what the device was when switched on. */
  readonly reset: (state: VirtioState<Own>, host: DeviceHost) => void;
}

export const half = (features: bigint, select: number): number =>
  select > 1 ? 0 : Number(BigInt.asUintN(32, features >> BigInt(32 * select)));

export function commonRows<Own extends object>(
  facts: TransportFacts<Own>,
): readonly RegisterRow<VirtioState<Own>>[] {
  return [...wholeDevice(facts), ...selectedQueue(facts), ...queueAddresses<Own>()];
}

function wholeDevice<Own extends object>(
  facts: TransportFacts<Own>,
): readonly RegisterRow<VirtioState<Own>>[] {
  return [
    {
      name: 'device_feature_select',
      at: spec.COMMON_DEVICE_FEATURE_SELECT,
      size: 4,
      access: 'rw',
      read: (state) => state.deviceFeatureSelect,
      write: (state, value) => {
        state.deviceFeatureSelect = value;
      },
    },
    {
      name: 'device_feature',
      at: spec.COMMON_DEVICE_FEATURE,
      size: 4,
      access: 'ro',
      read: (state) => half(facts.features, state.deviceFeatureSelect),
    },
    {
      name: 'driver_feature_select',
      at: spec.COMMON_DRIVER_FEATURE_SELECT,
      size: 4,
      access: 'rw',
      read: (state) => state.driverFeatureSelect,
      write: (state, value) => {
        state.driverFeatureSelect = value;
      },
    },
    {
      name: 'driver_feature',
      at: spec.COMMON_DRIVER_FEATURE,
      size: 4,
      access: 'rw',
      read: (state) => half(state.driverFeatures, state.driverFeatureSelect),
      write: acceptFeatures,
    },
    {
      name: 'config_msix_vector',
      at: spec.COMMON_CONFIG_MSIX_VECTOR,
      size: 2,
      access: 'rw',
      read: (state) => state.configVector,
      write: (state, value) => {
        state.configVector = vectorOf(value, facts.messages);
      },
    },
    {
      name: 'num_queues',
      at: spec.COMMON_NUM_QUEUES,
      size: 2,
      access: 'ro',
      read: () => facts.queues.length,
    },
    {
      name: 'device_status',
      at: spec.COMMON_DEVICE_STATUS,
      size: 1,
      access: 'rw',
      summary: 'zero resets',
      read: (state) => state.status,
      write: (state, value, host) => writeStatus(facts, state, value, host),
    },
    {
      name: 'config_generation',
      at: spec.COMMON_CONFIG_GENERATION,
      size: 1,
      access: 'ro',
      read: (state) => state.generation,
    },
  ];
}

/** Features stand once the driver has set FEATURES_OK. */
function acceptFeatures<Own>(state: VirtioState<Own>, value: number): void {
  const { driverFeatureSelect: select, driverFeatures } = state;
  if (select > 1 || (state.status & spec.FEATURES_OK) !== 0) return;
  const shift = BigInt(32 * select);
  const others = driverFeatures & ~(0xffff_ffffn << shift);
  state.driverFeatures = others | (BigInt(value) << shift);
}

/** What cannot be mapped reads back as no vector (4.1.5.1.2.1). */
export const vectorOf = (value: number, messages: number): number =>
  value < messages ? value : spec.MSI_NO_VECTOR;

function writeStatus<Own extends object>(
  facts: TransportFacts<Own>,
  state: VirtioState<Own>,
  value: number,
  host: DeviceHost,
): void {
  if (value === 0) {
    facts.reset(state, host);
    return;
  }
  const before = state.status;
  state.legacy = false;
  state.status = value | (before & spec.DEVICE_NEEDS_RESET);
  const asks = (bit: number): boolean => (value & bit) !== 0 && (before & bit) === 0;
  if (asks(spec.FEATURES_OK) && !featuresAreRight(facts, state.driverFeatures, host)) {
    state.status &= ~spec.FEATURES_OK;
  }
  if (!asks(spec.DRIVER_OK)) return;
  if ((state.status & spec.FEATURES_OK) === 0) {
    misuse(host, 'driver-ok-before-features-ok', `status ${hex(value)}`);
  }
  kickAll(state, host);
}

/** What a driver made available before the device ran is looked at now. */
export function kickAll<Own>(state: VirtioState<Own>, host: DeviceHost): void {
  const virtio = new Virtio(state, host);
  for (let queue = 0; queue < state.queues.length; queue++) virtio.kick(queue);
}

/** A subset of what is offered, each with what it needs (2.2.1), and never without VIRTIO_F_VERSION_1 (6.1). */
function featuresAreRight<Own extends object>(
  { features, requirements }: TransportFacts<Own>,
  accepted: bigint,
  host: DeviceHost,
): boolean {
  const complete = featuresAreComplete(requirements, accepted, host);
  const isOffered = (accepted & ~features) === 0n && (accepted & spec.F_VERSION_1) !== 0n;
  return isOffered && complete;
}

/** Each with what it needs beside it; what is alone is told. */
export function featuresAreComplete(
  requirements: TransportFacts<object>['requirements'],
  accepted: bigint,
  host: DeviceHost,
): boolean {
  const alone = requirements.filter(
    ([feature, oneOf]) => (accepted & feature) !== 0n && (accepted & oneOf) === 0n,
  );
  for (const [feature, oneOf] of alone) {
    misuse(host, 'feature-alone', `feature ${hex(feature)} without any of ${hex(oneOf)}`);
  }
  return alone.length === 0;
}

export const misuse = (host: DeviceHost, problem: string, detail: string): void =>
  host.report({ kind: 'device-misuse', subject: host.subject, problem, detail });

export const selected = <Own>(state: VirtioState<Own>): QueueState | undefined =>
  state.queues[state.queueSelect];

function selectedQueue<Own extends object>(
  facts: TransportFacts<Own>,
): readonly RegisterRow<VirtioState<Own>>[] {
  return [
    {
      name: 'queue_select',
      at: spec.COMMON_QUEUE_SELECT,
      size: 2,
      access: 'rw',
      read: (state) => state.queueSelect,
      write: (state, value, host) => {
        state.queueSelect = value;
        showAddresses(state, host);
      },
    },
    {
      name: 'queue_size',
      at: spec.COMMON_QUEUE_SIZE,
      size: 2,
      access: 'rw',
      summary: 'a power of two; zero for a queue that is not there',
      read: (state) => selected(state)?.size ?? 0,
      write: (state, value, host) => {
        const queue = selected(state);
        const most = facts.queues[state.queueSelect]?.size ?? 0;
        if (queue === undefined || queue.enabled) return;
        if (value > 0 && value <= most && Number.isInteger(Math.log2(value))) queue.size = value;
        else misuse(host, 'queue-size', `${value} of at most ${most}`);
      },
    },
    {
      name: 'queue_msix_vector',
      at: spec.COMMON_QUEUE_MSIX_VECTOR,
      size: 2,
      access: 'rw',
      read: (state) => selected(state)?.vector ?? spec.MSI_NO_VECTOR,
      write: (state, value) => {
        const queue = selected(state);
        if (queue !== undefined) queue.vector = vectorOf(value, facts.messages);
      },
    },
    {
      name: 'queue_enable',
      at: spec.COMMON_QUEUE_ENABLE,
      size: 2,
      access: 'rw',
      summary: 'only a reset disables',
      read: (state) => (selected(state)?.enabled ? 1 : 0),
      write: enable,
    },
    {
      name: 'queue_notify_off',
      at: spec.COMMON_QUEUE_NOTIFY_OFF,
      size: 2,
      access: 'ro',
      read: (state) => (selected(state) === undefined ? 0 : state.queueSelect),
    },
  ];
}

function enable<Own>(state: VirtioState<Own>, value: number, host: DeviceHost): void {
  const queue = selected(state);
  if (queue === undefined || value !== 1 || queue.enabled) return;
  const { desc, driver, device } = queue;
  if (desc % 16n !== 0n || driver % 2n !== 0n || device % 4n !== 0n) {
    misuse(host, 'ring-alignment', `queue ${state.queueSelect}`);
    return;
  }
  queue.enabled = true;
  new Virtio(state, host).kick(state.queueSelect);
}

type Area = 'desc' | 'driver' | 'device';

/** Half of an address is written into what the selected queue has, not into what another one had. */
function showAddresses<Own>(state: VirtioState<Own>, host: DeviceHost): void {
  const queue = selected(state);
  for (const area of ['desc', 'driver', 'device'] as const) {
    host.registers.set(`queue_${area}`, queue?.[area] ?? 0n);
  }
}

/** Where the rings lie cannot change under a queue that is enabled. */
function queueAddresses<Own extends object>(): readonly RegisterRow<VirtioState<Own>>[] {
  const row = (area: Area, at: number): RegisterRow<VirtioState<Own>> => ({
    name: `queue_${area}`,
    at,
    size: 8,
    access: 'rw',
    widths: [4, 8],
    read: (state) => selected(state)?.[area] ?? 0n,
    write: (state, value) => {
      const queue = selected(state);
      if (queue !== undefined && !queue.enabled) queue[area] = value;
    },
  });
  return [
    row('desc', spec.COMMON_QUEUE_DESC),
    row('driver', spec.COMMON_QUEUE_DRIVER),
    row('device', spec.COMMON_QUEUE_DEVICE),
  ];
}

/** Reading tells why the line is up and takes it down. */
export const isrRow = <Own>(at: number, name = 'isr_status'): RegisterRow<VirtioState<Own>> => ({
  name,
  at,
  size: 1,
  access: 'ro',
  read: (state, host) => {
    const isr = state.isr;
    state.isr = 0;
    host.lower();
    return isr;
  },
});

export const notifyRow = <Own>(
  queue: number,
  name: string,
  at: number,
): RegisterRow<VirtioState<Own>> => ({
  name: `notify_${name}`,
  at,
  size: 4,
  access: 'wo',
  widths: [2, 4],
  narrow: 'extend',
  write: (state, _value, host) => new Virtio(state, host).kick(queue),
});

export const cancelQueues = (count: number, host: DeviceHost): void => {
  for (let queue = 0; queue < count; queue++) host.cancel(queueTimer(queue));
};
