/** The miniport for virtio-net as its INF installs it, started by hand and with tools to use it. */
import { readFileSync } from 'node:fs';
import type { NetworkOptions } from '../src/devices/net/link.ts';
import { adapters } from '../src/frameworks/ndis/adapter.ts';
import { call, outstanding, settle } from '../src/frameworks/ndis/life-cycle.ts';
import { models } from '../src/frameworks/ndis/models.ts';
import { NET_BUFFER_LIST } from '../src/frameworks/ndis/net-buffer-layout.ts';
import { buffersOf, bytesOf, netBuffers } from '../src/frameworks/ndis/net-buffers.ts';
import { type Blocking, wait } from '../src/kernel/effects.ts';
import { allocateForKernel } from '../src/kernel/ex/pool.ts';
import { loadDriver } from '../src/kernel/io/pnp/load.ts';
import { addDevice, startDevice } from '../src/kernel/io/pnp/pnp-manager.ts';
import { allocateMdl, buildForNonPagedPool } from '../src/kernel/mm/mdl-services.ts';
import { Machine } from '../src/machine/machine.ts';
import { hardwareFor } from '../src/scenario/installed.ts';
import { NULL, type Va, va, vaAdd } from '../src/units/address.ts';
import { NDIS_STATUS } from '../src/units/ndis-status.ts';
import { TICKS_PER_MS } from '../src/units/ticks.ts';

const bin = new URL('../drivers/bin/ndis/', import.meta.url);
const read = (name: string) => new Uint8Array(readFileSync(new URL(name, bin)));

/** Slots of every list that is indicated. */
export type Slots = readonly bigint[];

interface Seen {
  readonly indicated: Slots[];
  readonly messages: (number | null)[];
  /** The bytes of the first frame of each list. */
  readonly frames: Uint8Array[];
  /** What the driver prints. */
  readonly said: string[];
  /** What the device found wrong. */
  readonly misuses: string[];
}

function machineWith(
  { indicated, messages, misuses, frames, said }: Seen,
  network: NetworkOptions,
) {
  const hardware = hardwareFor({
    device: undefined,
    usual: 'virtio-net',
    fileName: 'vionet.sys',
    inf: read('vionet.inf'),
  });
  const machine: Machine = new Machine({
    seed: 1,
    installed: hardware.installed,
    driverName: hardware.service,
    maxInstructions: 50_000_000,
    onEvent(event) {
      if (event.kind === 'device-interrupt') messages.push(event.message);
      if (event.kind === 'debug-print') said.push(event.text.trim());
      if (event.kind === 'device-misuse') misuses.push(event.problem);
      if (event.kind !== 'service-enter') return;
      if (event.service !== 'NdisMIndicateReceiveNetBufferLists') return;
      const list = va(BigInt(event.args.NetBufferList ?? '0'));
      indicated.push(slotsOf(machine, list));
      const [buffer] = buffersOf(machine.kernel, list);
      if (buffer !== undefined) frames.push(bytesOf(machine.kernel, buffer));
    },
  });
  if (hardware.device === null) throw new RangeError('the INF names no hardware');
  const attached = machine.addDevice(hardware.device, 'virtio-net#1', 0, {
    identity: hardware.identity,
    network,
  });
  machine.bus.assignResources(attached.function);
  return { machine, attached, setup: hardware.setup };
}

const slotsAt = (list: Va): Va => vaAdd(list, NET_BUFFER_LIST.offsetOf('NetBufferListInfo'));

const slotsOf = ({ kernel }: Machine, list: Va): Slots =>
  Array.from({ length: 10 }, (_, i) => kernel.mmu.u64(vaAdd(slotsAt(list), i * 8)));

export type Body = (
  tools: {
    link: NonNullable<ReturnType<typeof machineWith>['attached']['instance']['network']>;
    set: (oid: number, bytes: Uint8Array) => Blocking<number>;
    send: (frame: Uint8Array, slots: Readonly<Record<number, bigint>>) => Blocking<number>;
    settleDown: () => Blocking<void>;
    isLinkUp: () => boolean;
  } & Seen,
) => Blocking<void>;

/** A running adapter, in whose hands `body` is. */
export function withAdapter(body: Body, network: NetworkOptions = {}): void {
  const seen: Seen = { indicated: [], messages: [], frames: [], said: [], misuses: [] };
  const { machine, attached, setup } = machineWith(seen, network);
  const { kernel } = machine;
  const image = machine.loadImage(read('vionet.sys'), 'vionet.sys');
  const { base, end } = image.module;
  machine.run('test', function* () {
    const facts = { name: 'vionet', entryPoint: image.entryPoint, base, bytes: Number(end - base) };
    const { driver } = yield* loadDriver(kernel, facts);
    const added = yield* addDevice(kernel, driver, attached.function, {
      subject: attached.subject,
      ...setup,
    });
    yield* startDevice(kernel, added.node);
    const adapter = adapters(kernel).byNode(added.node);
    const link = attached.instance.network;
    if (adapter === undefined || link === undefined) throw new RangeError('no adapter');
    const model = models(adapter);
    yield* model.restart(kernel, adapter);
    const settleDown = function* (): Blocking<void> {
      yield* wait([], -10n * TICKS_PER_MS);
    };
    yield* settleDown();
    yield* body({
      link,
      *set(oid, bytes) {
        return (yield* model.set(kernel, adapter, oid, bytes)).status;
      },
      *send(frame, slots) {
        const block = allocateForKernel(kernel, frame.length, 'test');
        kernel.mmu.writeBytes(block, frame);
        const mdl = allocateMdl(kernel, block, frame.length, false) ?? NULL;
        buildForNonPagedPool(kernel, mdl);
        const length = BigInt(frame.length);
        const list = netBuffers(kernel).makeList(NULL, 0, 0) ?? NULL;
        const buffer = netBuffers(kernel).makeBuffer(NULL, mdl, 0, length) ?? NULL;
        netBuffers(kernel).giveBuffer(list, buffer);
        for (const [slot, value] of Object.entries(slots)) {
          kernel.mmu.write(vaAdd(slotsAt(list), Number(slot) * 8), 8, value);
        }
        const waiting = outstanding();
        adapter.sends.set(list, waiting);
        yield* call(kernel, adapter, 'MiniportSendNetBufferLists', [adapter.context, list, 0n, 0n]);
        const status = yield* settle(adapter, waiting, NDIS_STATUS.PENDING, 'send');
        yield* settleDown();
        return status;
      },
      settleDown,
      ...seen,
      isLinkUp: () => adapter.linkUp,
    });
  });
}
