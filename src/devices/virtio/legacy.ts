/** The legacy interface of a transitional virtio device: ports of BAR 0, queues by page frame number (VIRTIO 1.2, 4.1.4.10, 4.1.5.1.3, 2.7.2). */
import { hex } from '../../units/address.ts';
import type { BarDeclaration } from '../declaration.ts';
import type { DeviceHost } from '../host.ts';
import { type RegisterRow, readRow } from '../register.ts';
import { extract } from '../register-file.ts';
import * as spec from '../spec/virtio.ts';
import {
  featuresAreComplete,
  half,
  isrRow,
  kickAll,
  misuse,
  selected,
  type TransportFacts,
  vectorOf,
} from './common-config.ts';
import { freshQueue, type QueueState } from './queue.ts';
import { queueTimer, Virtio, type VirtioState } from './runtime.ts';

/** What a type adds when it has the legacy interface. */
export interface LegacyDeclaration<Own extends object> {
  readonly deviceId: number;
  /** Takes a byte of the type's configuration; what it does not know stays as it is. */
  readonly writeConfiguration: (virtio: Virtio<Own>, at: number, value: number) => void;
}

export interface LegacyFacts<Own extends object> extends TransportFacts<Own> {
  /** The type's configuration, at offsets within it. */
  readonly configuration: readonly RegisterRow<VirtioState<Own>>[];
  readonly configurationBytes: number;
  readonly legacy: LegacyDeclaration<Own>;
}

const LEGACY_BAR = 0;

/** Ports in a power of two that holds the configuration behind the vectors. */
export function legacyBar<Own extends object>(
  facts: LegacyFacts<Own>,
): BarDeclaration<VirtioState<Own>> {
  const end = spec.LEGACY_CONFIG_WITH_MSIX + facts.configurationBytes;
  const registers = [...deviceRows(facts), ...queueRows(facts), ...windows(facts, end)];
  return { index: LEGACY_BAR, space: 'port', size: 2 ** Math.ceil(Math.log2(end)), registers };
}

function deviceRows<Own extends object>(
  facts: LegacyFacts<Own>,
): readonly RegisterRow<VirtioState<Own>>[] {
  const offered = (facts.features & ~spec.F_VERSION_1) | spec.F_ANY_LAYOUT;
  return [
    {
      name: 'legacy_host_features',
      at: spec.LEGACY_HOST_FEATURES,
      size: 4,
      access: 'ro',
      read: () => half(offered, 0),
    },
    {
      name: 'legacy_guest_features',
      at: spec.LEGACY_GUEST_FEATURES,
      size: 4,
      access: 'rw',
      read: (state) => half(state.driverFeatures, 0),
      write: (state, value, host) => {
        const extra = BigInt(value) & ~offered;
        if (extra !== 0n) misuse(host, 'feature-not-offered', `features ${hex(extra)}`);
        state.driverFeatures = BigInt(value) & offered;
      },
    },
    {
      name: 'legacy_device_status',
      at: spec.LEGACY_DEVICE_STATUS,
      size: 1,
      access: 'rw',
      summary: 'zero resets',
      read: (state) => state.status,
      write: (state, value, host) => writeStatus(facts, state, value, host),
    },
    isrRow(spec.LEGACY_ISR, 'legacy_isr_status'),
  ];
}

/** There is no FEATURES_OK: nothing can be refused, only told (3.1.2). */
function writeStatus<Own extends object>(
  facts: LegacyFacts<Own>,
  state: VirtioState<Own>,
  value: number,
  host: DeviceHost,
): void {
  if (value === 0) {
    facts.reset(state, host);
    return;
  }
  const before = state.status;
  state.legacy = true;
  state.status = value | (before & spec.DEVICE_NEEDS_RESET);
  if ((value & ~before & spec.DRIVER_OK) === 0) return;
  featuresAreComplete(facts.requirements, state.driverFeatures, host);
  kickAll(state, host);
}

function queueRows<Own extends object>(
  facts: LegacyFacts<Own>,
): readonly RegisterRow<VirtioState<Own>>[] {
  return [
    {
      name: 'legacy_queue_pfn',
      at: spec.LEGACY_QUEUE_PFN,
      size: 4,
      access: 'rw',
      summary: 'in pages of 4096 bytes; zero takes the queue away',
      read: (state) => Number((selected(state)?.desc ?? 0n) / BigInt(spec.LEGACY_QUEUE_ALIGN)),
      write: (state, value, host) => {
        const most = facts.queues[state.queueSelect]?.size;
        if (most === undefined) return;
        state.legacy = true;
        host.cancel(queueTimer(state.queueSelect));
        const vector = selected(state)?.vector ?? spec.MSI_NO_VECTOR;
        state.queues[state.queueSelect] = { ...queueAt(value, most), vector };
        new Virtio(state, host).kick(state.queueSelect);
      },
    },
    {
      name: 'legacy_queue_size',
      at: spec.LEGACY_QUEUE_SIZE,
      size: 2,
      access: 'ro',
      summary: 'zero for a queue that is not there',
      read: (state) => facts.queues[state.queueSelect]?.size ?? 0,
    },
    {
      name: 'legacy_queue_select',
      at: spec.LEGACY_QUEUE_SELECT,
      size: 2,
      access: 'rw',
      read: (state) => state.queueSelect,
      write: (state, value) => {
        state.queueSelect = value;
      },
    },
    {
      name: 'legacy_queue_notify',
      at: spec.LEGACY_QUEUE_NOTIFY,
      size: 2,
      access: 'rw',
      write: (state, value, host) => new Virtio(state, host).kick(value),
    },
  ];
}

/** Descriptors, available ring with its event index, and on the next page the used ring. */
function queueAt(frame: number, size: number): QueueState {
  const queue = freshQueue(size);
  if (frame === 0) return queue;
  const align = BigInt(spec.LEGACY_QUEUE_ALIGN);
  const desc = BigInt(frame) * align;
  const driver = desc + BigInt(size * spec.DESC_BYTES);
  const rings = spec.RING_ELEMENTS + size * spec.AVAIL_ELEMENT_BYTES + spec.EVENT_BYTES;
  const device = ((driver + BigInt(rings) + align - 1n) / align) * align;
  return { ...queue, desc, driver, device, enabled: true };
}

/** What lies behind the fixed registers depends on MSI-X: two vectors and the configuration, or only that. */
function windows<Own extends object>(
  facts: LegacyFacts<Own>,
  end: number,
): readonly RegisterRow<VirtioState<Own>>[] {
  const rows: RegisterRow<VirtioState<Own>>[] = [];
  for (let at = spec.LEGACY_CONFIG_WITHOUT_MSIX; at < end; at += 2) rows.push(windowAt(facts, at));
  return rows;
}

const windowAt = <Own extends object>(
  facts: LegacyFacts<Own>,
  at: number,
): RegisterRow<VirtioState<Own>> => ({
  name: `legacy_window[${(at - spec.LEGACY_CONFIG_WITHOUT_MSIX) / 2}]`,
  at,
  size: 2,
  access: 'rw',
  widths: [1, 2],
  summary: WINDOWS[at] ?? 'configuration',
  read: (state, host) => {
    const own = configurationOffset(at, host);
    if (own === undefined) return vector(state, at);
    return byteAt(facts, state, own, host) | (byteAt(facts, state, own + 1, host) << 8);
  },
  write: (state, value, host, { skip, size }) => {
    const own = configurationOffset(at, host);
    if (own === undefined) {
      setVector(state, at, vectorOf(value, facts.messages));
      return;
    }
    const virtio = new Virtio(state, host);
    for (let byte = skip; byte < skip + size; byte++) {
      facts.legacy.writeConfiguration(virtio, own + byte, (value >>> (8 * byte)) & 0xff);
    }
  },
});

const WINDOWS: Readonly<Record<number, string>> = {
  [spec.LEGACY_CONFIG_MSIX_VECTOR]: 'config_msix_vector with MSI-X, else configuration',
  [spec.LEGACY_QUEUE_MSIX_VECTOR]: 'queue_msix_vector with MSI-X, else configuration',
};

/** Nothing where the vectors are. */
function configurationOffset(at: number, host: DeviceHost): number | undefined {
  if (!host.messagesOn()) return at - spec.LEGACY_CONFIG_WITHOUT_MSIX;
  return at < spec.LEGACY_CONFIG_WITH_MSIX ? undefined : at - spec.LEGACY_CONFIG_WITH_MSIX;
}

const vector = <Own>(state: VirtioState<Own>, at: number): number =>
  at === spec.LEGACY_CONFIG_MSIX_VECTOR
    ? state.configVector
    : (selected(state)?.vector ?? spec.MSI_NO_VECTOR);

function setVector<Own>(state: VirtioState<Own>, at: number, value: number): void {
  const queue = selected(state);
  if (at === spec.LEGACY_CONFIG_MSIX_VECTOR) state.configVector = value;
  else if (queue !== undefined) queue.vector = value;
}

/** A byte as the rows of the type give it; zero behind them. */
function byteAt<Own extends object>(
  { configuration }: LegacyFacts<Own>,
  state: VirtioState<Own>,
  at: number,
  host: DeviceHost,
): number {
  const row = configuration.find((one) => at >= one.at && at < one.at + one.size);
  if (row === undefined) return 0;
  const whole = readRow(row, state, host, BigInt(row.reset ?? 0));
  return Number(extract(whole, at - row.at, 1));
}
