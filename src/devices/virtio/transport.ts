/** Declares a virtio device on PCI: capabilities, BARs and registers follow from its type, features and queues (VIRTIO 1.2, 4.1). */
import type { PciIdentity, VendorCapability } from '../../bus/function-spec.ts';
import { type DeviceModel, device } from '../device.ts';
import type { DeviceHost } from '../host.ts';
import type { RegisterRow } from '../register.ts';
import * as spec from '../spec/virtio.ts';
import { cancelQueues, commonRows, isrRow, notifyRow } from './common-config.ts';
import { type LegacyDeclaration, legacyBar } from './legacy.ts';
import {
  freshState,
  type QueueDeclaration,
  queueTimer,
  Virtio,
  type VirtioState,
} from './runtime.ts';

export interface VirtioDeclaration<Own extends object> {
  readonly name: string;
  readonly summary: string;
  /** Section of the standard that the type follows. */
  readonly section: string;
  readonly deviceType: number;
  readonly classCode: number;
  /** Feature bits of the type; those of the transport and of queues are added. */
  readonly features: bigint;
  /** Features that a driver may accept only with one of others. */
  readonly requirements?: readonly (readonly [feature: bigint, oneOf: bigint])[];
  readonly queues: readonly QueueDeclaration[];
  /** The device-specific configuration: rows at offsets within it, and its length. */
  readonly configuration: readonly RegisterRow<VirtioState<NoInfer<Own>>>[];
  readonly configurationBytes: number;
  /** Makes the device a transitional one, with the legacy interface beside the modern one. */
  readonly legacy?: LegacyDeclaration<NoInfer<Own>>;
  initialState(): Own;
  /** After power-up and reset. */
  readonly onReset?: (virtio: Virtio<NoInfer<Own>>) => void;
  /** A queue may hold buffers; called only while the driver is ready. */
  readonly onQueue: (virtio: Virtio<NoInfer<Own>>, queue: number) => void;
  readonly network?: {
    readonly receive: (virtio: Virtio<NoInfer<Own>>, frame: Uint8Array) => void;
    readonly carrier: (virtio: Virtio<NoInfer<Own>>, up: boolean) => void;
  };
}

/** MSI-X tables in one BAR, the structures of the standard in another, a page for each; a legacy interface has BAR 0. */
const MSIX_BAR = 1;
const STRUCTURE_BAR = 4;
const COMMON_AT = 0x0000;
const ISR_AT = 0x1000;
const CONFIGURATION_AT = 0x2000;
const NOTIFY_AT = 0x3000;
const MSIX_BAR_BYTES = 0x1000;
const MSIX_PENDING_AT = 0x800;
const STRUCTURE_BAR_BYTES = 0x4000;
const NOTIFY_OFF_MULTIPLIER = 4;

const TRANSPORT_FEATURES = spec.F_VERSION_1 | spec.F_EVENT_IDX | spec.F_INDIRECT_DESC;

export function virtioDevice<Own extends object>(declaration: VirtioDeclaration<Own>): DeviceModel {
  type State = VirtioState<Own>;
  const { queues, onQueue, onReset, network, legacy } = declaration;
  /** One for changes of configuration, one for each queue. */
  const messages = queues.length + 1;
  const fresh = (): State => freshState(queues, declaration.initialState());
  const powerUp = (state: State, host: DeviceHost): void => onReset?.(new Virtio(state, host));
  const facts = {
    features: declaration.features | TRANSPORT_FEATURES,
    requirements: declaration.requirements ?? [],
    queues,
    messages,
    reset(state: State, host: DeviceHost): void {
      cancelQueues(queues.length, host);
      host.registers.reset();
      Object.assign(state, fresh());
      host.lower();
      powerUp(state, host);
    },
  };
  const timers = queues.map(
    (_, queue) =>
      [
        queueTimer(queue),
        (state: State, host: DeviceHost): void => {
          const own = state.queues[queue];
          if (own !== undefined) own.kicked = false;
          const virtio = new Virtio(state, host);
          if (virtio.isRunning && virtio.check(queue)) onQueue(virtio, queue);
        },
      ] as const,
  );
  const registers: readonly RegisterRow<State>[] = [
    ...commonRows<Own>(facts),
    isrRow<Own>(ISR_AT),
    ...declaration.configuration.map((row) => ({ ...row, at: row.at + CONFIGURATION_AT })),
    ...queues.map(({ name }, queue) =>
      notifyRow<Own>(queue, name, NOTIFY_AT + queue * NOTIFY_OFF_MULTIPLIER),
    ),
  ];
  return device<State>({
    name: declaration.name,
    summary: declaration.summary,
    spec: `OASIS VIRTIO 1.2, ${declaration.section} and 4.1`,
    pci: identityOf(declaration),
    bars: [
      ...(legacy === undefined ? [] : [legacyBar<Own>({ ...declaration, ...facts, legacy })]),
      { index: MSIX_BAR, size: MSIX_BAR_BYTES },
      {
        index: STRUCTURE_BAR,
        size: STRUCTURE_BAR_BYTES,
        bits: 64,
        prefetchable: true,
        registers,
      },
    ],
    lineInterrupt: 'A',
    msix: { messages, bar: MSIX_BAR, tableOffset: 0, pendingOffset: MSIX_PENDING_AT },
    vendor: capabilities(queues.length, declaration.configurationBytes),
    initialState: fresh,
    onReset: powerUp,
    timers: Object.fromEntries(timers),
    ...(network === undefined
      ? {}
      : {
          network: {
            receive: (state: State, frame: Uint8Array, host: DeviceHost) =>
              network.receive(new Virtio(state, host), frame),
            carrier: (state: State, up: boolean, host: DeviceHost) =>
              network.carrier(new Virtio(state, host), up),
          },
        }),
  });
}

/** A transitional device is known by other numbers (4.1.2.3). */
function identityOf<Own extends object>(declaration: VirtioDeclaration<Own>): PciIdentity {
  const { classCode, deviceType, legacy } = declaration;
  return {
    vendorId: spec.VENDOR_ID,
    deviceId: legacy?.deviceId ?? spec.DEVICE_ID_BASE + deviceType,
    classCode,
    revision: legacy === undefined ? spec.MODERN_REVISION : spec.TRANSITIONAL_REVISION,
    subsystemVendorId: spec.SUBSYSTEM_VENDOR_ID,
    subsystemId: legacy === undefined ? spec.SUBSYSTEM_ID : deviceType,
  };
}

function capabilities(queues: number, configurationBytes: number): readonly VendorCapability[] {
  const notifyBytes = queues * NOTIFY_OFF_MULTIPLIER;
  return [
    structure(spec.CAP_COMMON_CFG, COMMON_AT, spec.COMMON_BYTES),
    structure(spec.CAP_ISR_CFG, ISR_AT, spec.ISR_BYTES),
    structure(spec.CAP_DEVICE_CFG, CONFIGURATION_AT, configurationBytes),
    structure(spec.CAP_NOTIFY_CFG, NOTIFY_AT, notifyBytes, NOTIFY_OFF_MULTIPLIER),
    configurationAccess(),
  ];
}

/** Field offsets count from the start of the capability, the body begins at cfg_type. */
function structure(type: number, at: number, length: number, extra?: number): VendorCapability {
  const bytes = spec.CAP_BYTES + (extra === undefined ? 0 : 4);
  const view = new DataView(new ArrayBuffer(bytes));
  view.setUint8(spec.CAP_CFG_TYPE, type);
  view.setUint8(spec.CAP_BAR, STRUCTURE_BAR);
  view.setUint32(spec.CAP_OFFSET, at, true);
  view.setUint32(spec.CAP_LENGTH, length, true);
  if (extra !== undefined) view.setUint32(spec.CAP_NOTIFY_OFF_MULTIPLIER, extra, true);
  return { body: new Uint8Array(view.buffer).slice(spec.CAP_CFG_TYPE) };
}

/** VIRTIO_PCI_CAP_PCI_CFG: the structures through configuration space (4.1.4.9). */
function configurationAccess(): VendorCapability {
  const body = new Uint8Array(spec.CAP_PCI_CFG_DATA + 4 - spec.CAP_CFG_TYPE);
  const writable = new Uint8Array(body.length);
  body[0] = spec.CAP_PCI_CFG;
  writable.fill(0xff, spec.CAP_BAR - spec.CAP_CFG_TYPE, spec.CAP_BAR + 1 - spec.CAP_CFG_TYPE);
  writable.fill(0xff, spec.CAP_OFFSET - spec.CAP_CFG_TYPE);
  return {
    body,
    writable,
    barAccess: {
      bar: spec.CAP_BAR,
      offset: spec.CAP_OFFSET,
      length: spec.CAP_LENGTH,
      data: spec.CAP_PCI_CFG_DATA,
    },
  };
}
