/** What a run does not ask of the miniport for virtio-net: checksums, large sends, VLAN tags, receive side scaling, a cable that is pulled. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { concat, setU16At, u16At } from '../src/devices/net/bytes.ts';
import { onesSum } from '../src/devices/net/checksum.ts';
import { adapters } from '../src/frameworks/ndis/adapter.ts';
import { call, outstanding, settle } from '../src/frameworks/ndis/life-cycle.ts';
import { models } from '../src/frameworks/ndis/models.ts';
import { NET_BUFFER_LIST } from '../src/frameworks/ndis/net-buffer-layout.ts';
import { netBuffers } from '../src/frameworks/ndis/net-buffers.ts';
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

/** Slots of NetBufferListInfo. */
const CHECKSUM = 0;
const LARGE_SEND = 2;
const TAG = 4;
const HASH_VALUE = 8;
const HASH_INFORMATION = 9;

const RECEIVE_SCALE_PARAMETERS = 0x00010204;
const PACKET_FILTER = 0x0001010e;
const OFFLOAD_ENCAPSULATION = 0x0101010a;
const OFFLOAD_PARAMETERS = 0xfc01020c;

const [IPV4, TCP] = [14, 34];
const SOURCE = [66, 9, 149, 187] as const;
const DESTINATION = [161, 142, 100, 80] as const;

/** Ethernet, IPv4 and TCP with both checksums left to others: what stands for TCP's is that of its pseudo header. */
function tcpFrame(to: Uint8Array, payload: number): Uint8Array {
  const frame = new Uint8Array(TCP + 20 + payload).map((_, i) => (i * 5) & 0xff);
  frame.set(to, 0);
  frame.set([0x02, 0, 0, 0, 0, 9, 0x08, 0x00], 6);
  frame.set([0x45, 0, 0, 0, 0, 1, 0, 0, 64, 6, 0, 0, ...SOURCE, ...DESTINATION], IPV4);
  setU16At(frame, IPV4 + 2, frame.length - IPV4);
  frame.set([2794 >> 8, 2794 & 0xff, 1766 >> 8, 1766 & 0xff], TCP);
  frame[TCP + 12] = 0x50;
  const pseudo = concat([frame.slice(IPV4 + 12, TCP), Uint8Array.of(0, 6, 0, 0)]);
  setU16At(pseudo, 10, frame.length - TCP);
  setU16At(frame, TCP + 16, onesSum(pseudo, 0, pseudo.length));
  return frame;
}

/** With both checksums as they have to be. */
function summed(frame: Uint8Array): Uint8Array {
  const whole = frame.slice();
  setU16At(whole, TCP + 16, ~onesSum(whole, TCP, whole.length) & 0xffff);
  setU16At(whole, IPV4 + 10, ~onesSum(whole, IPV4, TCP) & 0xffff);
  return whole;
}

/** Slots of every list that is indicated. */
type Slots = readonly bigint[];

interface Seen {
  readonly indicated: Slots[];
  readonly messages: (number | null)[];
  /** What the device found wrong. */
  readonly misuses: string[];
}

function machineWith({ indicated, messages, misuses }: Seen) {
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
      if (event.kind === 'device-misuse') misuses.push(event.problem);
      if (event.kind !== 'service-enter') return;
      if (event.service !== 'NdisMIndicateReceiveNetBufferLists') return;
      const list = va(BigInt(event.args.NetBufferList ?? '0'));
      indicated.push(slotsOf(machine, list));
    },
  });
  if (hardware.device === null) throw new RangeError('the INF names no hardware');
  const attached = machine.addDevice(hardware.device, 'virtio-net#1', 0, {
    identity: hardware.identity,
  });
  machine.bus.assignResources(attached.function);
  return { machine, attached, setup: hardware.setup };
}

const slotsAt = (list: Va): Va => vaAdd(list, NET_BUFFER_LIST.offsetOf('NetBufferListInfo'));

const slotsOf = ({ kernel }: Machine, list: Va): Slots =>
  Array.from({ length: 10 }, (_, i) => kernel.mmu.u64(vaAdd(slotsAt(list), i * 8)));

/** A running adapter, in whose hands `body` is. */
function withAdapter(
  body: (
    tools: {
      link: NonNullable<ReturnType<typeof machineWith>['attached']['instance']['network']>;
      set: (oid: number, bytes: Uint8Array) => Blocking<number>;
      send: (frame: Uint8Array, slots: Readonly<Record<number, bigint>>) => Blocking<number>;
      settleDown: () => Blocking<void>;
      isLinkUp: () => boolean;
    } & Seen,
  ) => Blocking<void>,
): void {
  const seen: Seen = { indicated: [], messages: [], misuses: [] };
  const { machine, attached, setup } = machineWith(seen);
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

test('the device sums what the stack left to it, the miniport the header of IPv4', () => {
  withAdapter(function* ({ link, send }) {
    const frame = tcpFrame(Uint8Array.of(2, 0, 0, 0, 0, 8), 301);
    // IsIPv4, TcpChecksum, IpHeaderChecksum, TcpHeaderOffset
    const asked = 0x1n | 0x4n | 0x10n | (BigInt(TCP) << 16n);
    expect(yield* send(frame, { [CHECKSUM]: asked })).toBe(NDIS_STATUS.SUCCESS);
    expect(link.sentFrames.at(-1)).toEqual(summed(frame));
    expect(yield* send(frame, {})).toBe(NDIS_STATUS.SUCCESS);
    expect(link.sentFrames.at(-1)).toEqual(frame);
  });
});

test('a tag is put between addresses and type, and checksums move with it', () => {
  withAdapter(function* ({ link, send }) {
    const frame = tcpFrame(Uint8Array.of(2, 0, 0, 0, 0, 8), 90);
    const tag = 5n | (0x123n << 4n);
    const asked = 0x1n | 0x4n | 0x10n | (BigInt(TCP) << 16n);
    yield* send(frame, { [TAG]: tag, [CHECKSUM]: asked });
    const right = summed(frame);
    const tagged = [right.slice(0, 12), Uint8Array.of(0x81, 0, 0xa1, 0x23), right.slice(12)];
    expect(link.sentFrames.at(-1)).toEqual(concat(tagged));
    yield* send(frame, { [TAG]: tag });
    expect(u16At(link.sentFrames.at(-1) ?? frame, 12)).toBe(0x8100);
  });
});

/** The segments' bytes without a tag, if they have one, and whether both checksums are right. */
function checked(segment: Uint8Array, tag: bigint): { data: Uint8Array; right: boolean } {
  const isTagged = u16At(segment, 12) === 0x8100;
  if (isTagged !== tag > 0n) throw new RangeError('a tag is there that should not be, or lacks');
  const bare = isTagged ? concat([segment.slice(0, 12), segment.slice(16)]) : segment.slice();
  const length = bare.length - TCP;
  const pseudo = concat([bare.slice(IPV4 + 12, TCP), Uint8Array.of(0, 6, length >> 8, length)]);
  const right =
    onesSum(bare, IPV4, TCP) === 0xffff &&
    onesSum(bare, TCP, bare.length, onesSum(pseudo, 0, pseudo.length)) === 0xffff &&
    u16At(bare, IPV4 + 2) === bare.length - IPV4;
  return { data: bare, right };
}

/** MSS, where the TCP header starts, and that this is version 2 of large sends. */
const largeSend = (mss: number): bigint => BigInt(mss) | (BigInt(TCP) << 20n) | (1n << 30n);

/** As a stack leaves it to a large send: no length in the IP header, and none in the sum of the pseudo header. */
function largeFrame(payload: number): Uint8Array {
  const frame = tcpFrame(Uint8Array.of(2, 0, 0, 0, 0, 8), payload);
  setU16At(frame, IPV4 + 2, 0);
  const pseudo = concat([frame.slice(IPV4 + 12, TCP), Uint8Array.of(0, 6, 0, 0)]);
  setU16At(frame, TCP + 16, onesSum(pseudo, 0, pseudo.length));
  return frame;
}

test.each([
  ['as large as the MTU', 20_000, 1460, 0n],
  ['with a tag each', 20_000, 1460, 5n | (0x123n << 4n)],
  ['when one would do', 1000, 1460, 0n],
  ['when it is as large as allowed', 0xf000, 1448, 0n],
] as const)('the device cuts a large send into segments %s', (_how, payload, mss, tag) => {
  withAdapter(function* ({ link, send, misuses }) {
    const frame = largeFrame(payload);
    const slots = { [LARGE_SEND]: largeSend(mss), [TAG]: tag };
    expect(yield* send(frame, slots)).toBe(NDIS_STATUS.SUCCESS);
    const segments = link.sentFrames.slice(-Math.ceil(payload / mss));
    const parts = segments.map((one) => checked(one, tag));
    expect(parts.every(({ right }) => right)).toBe(true);
    const data = parts.map(({ data }) => data.slice(TCP + 20));
    expect(concat(data)).toEqual(frame.slice(TCP + 20));
    expect(misuses).toEqual([]);
  });
});

test('a large send that is switched off, or of what is no TCP, fails', () => {
  withAdapter(function* ({ link, set, send, misuses }) {
    const slots = { [LARGE_SEND]: largeSend(1460) };
    const udp = largeFrame(4000);
    udp[IPV4 + 9] = 17;
    const before = link.sentCount;
    expect(yield* send(udp, slots)).toBe(NDIS_STATUS.INVALID_PACKET);
    expect(yield* set(OFFLOAD_PARAMETERS, parameters({ 11: 1 }))).toBe(0);
    expect(yield* send(largeFrame(4000), slots)).toBe(NDIS_STATUS.INVALID_PACKET);
    expect([link.sentCount, misuses]).toEqual([before, []]);
  });
});

/** NDIS_OFFLOAD_PARAMETERS that change some bytes, nothing else. */
function parameters(changes: Readonly<Record<number, number>>): Uint8Array {
  const bytes = new Uint8Array(28);
  bytes.set([0x80, 3, 26, 0]);
  for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
  return bytes;
}

test('a checksum offload that is switched off is not asked for, one that cannot be is refused', () => {
  withAdapter(function* ({ set }) {
    expect(yield* set(OFFLOAD_PARAMETERS, parameters({ 4: 1, 5: 3, 6: 4 }))).toBe(0);
    expect(yield* set(OFFLOAD_PARAMETERS, parameters({ 11: 2 }))).toBe(0);
    expect(yield* set(OFFLOAD_PARAMETERS, parameters({ 12: 2 }))).toBe(NDIS_STATUS.NOT_SUPPORTED);
    expect(yield* set(OFFLOAD_PARAMETERS, parameters({ 7: 4 }))).toBe(NDIS_STATUS.NOT_SUPPORTED);
    expect(yield* set(OFFLOAD_PARAMETERS, new Uint8Array(8))).toBe(NDIS_STATUS.INVALID_LENGTH);
    const ethernet = new Uint8Array(28);
    ethernet.set([0xa8, 1, 28, 0, 1, 0, 0, 0, 2, 0, 0, 0, 14]);
    expect(yield* set(OFFLOAD_ENCAPSULATION, ethernet)).toBe(0);
    ethernet[8] = 1;
    expect(yield* set(OFFLOAD_ENCAPSULATION, ethernet)).toBe(NDIS_STATUS.INVALID_PARAMETER);
  });
});

/** The key and a result of "Verifying the RSS Hash Calculation" of Microsoft's documentation. */
const KEY = Uint8Array.from(
  ['6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b4', '77cb2da38030f20c6a42b73bbeac01fa']
    .join('')
    .match(/../g) ?? [],
  (byte) => Number.parseInt(byte, 16),
);
const HASH_OF_ADDRESSES = 0x323e8fc2n;
const HASH_WITH_PORTS = 0x51ccc178n;
const [TOEPLITZ, OF_IPV4, OF_TCP_IPV4] = [0x1n, 0x100n, 0x200n];

function scaling(hash: bigint, entries: number): Uint8Array {
  const bytes = new Uint8Array(40 + entries * 4 + KEY.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x89, 2, 40, 0]);
  view.setUint32(8, Number(hash), true);
  view.setUint16(0xc, entries * 4, true);
  view.setUint32(0x10, 40, true);
  view.setUint16(0x14, KEY.length, true);
  view.setUint32(0x18, 40 + entries * 4, true);
  bytes.set(KEY, 40 + entries * 4);
  return bytes;
}

test('with receive side scaling every frame has its hash', () => {
  withAdapter(function* ({ link, set, settleDown, indicated }) {
    yield* set(PACKET_FILTER, Uint8Array.of(0xb, 0, 0, 0));
    const receive = function* (): Blocking<readonly (bigint | undefined)[]> {
      link.injectFrame(summed(tcpFrame(link.mac, 40)));
      yield* settleDown();
      const slots = indicated.at(-1);
      return [slots?.[HASH_VALUE], slots?.[HASH_INFORMATION]];
    };
    expect(yield* receive()).toEqual([0n, 0n]);
    const oid = RECEIVE_SCALE_PARAMETERS;
    expect(yield* set(oid, scaling(TOEPLITZ | OF_IPV4 | OF_TCP_IPV4, 128))).toBe(0);
    expect(yield* receive()).toEqual([HASH_WITH_PORTS, OF_TCP_IPV4 | TOEPLITZ]);
    expect(yield* set(oid, scaling(TOEPLITZ | OF_IPV4, 2))).toBe(0);
    expect(yield* receive()).toEqual([HASH_OF_ADDRESSES, OF_IPV4 | TOEPLITZ]);
    expect(yield* set(oid, scaling(TOEPLITZ | OF_IPV4, 3))).toBe(NDIS_STATUS.INVALID_PARAMETER);
    expect(yield* set(oid, scaling(0n, 0))).toBe(0);
    expect(yield* receive()).toEqual([0n, 0n]);
  });
});

test('received checksums are judged, tags taken out', () => {
  withAdapter(function* ({ link, set, settleDown, indicated }) {
    yield* set(PACKET_FILTER, Uint8Array.of(0xb, 0, 0, 0));
    const receive = function* (frame: Uint8Array): Blocking<Slots> {
      link.injectFrame(frame);
      yield* settleDown();
      return indicated.at(-1) ?? [];
    };
    const right = summed(tcpFrame(link.mac, 41));
    expect((yield* receive(right))[CHECKSUM]).toBe(0x8n | 0x20n);
    const wrong = right.slice();
    wrong[wrong.length - 1] = ~(wrong.at(-1) ?? 0) & 0xff;
    expect((yield* receive(wrong))[CHECKSUM]).toBe(0x1n | 0x20n);
    const tagged = [right.slice(0, 12), Uint8Array.of(0x81, 0, 0x60, 0x07), right.slice(12)];
    const slots = yield* receive(concat(tagged));
    expect([slots[TAG], slots[CHECKSUM]]).toEqual([3n | (7n << 4n), 0x8n | 0x20n]);
  });
});

test('the message for changes of configuration tells of the cable', () => {
  withAdapter(function* ({ link, settleDown, messages, isLinkUp }) {
    expect(isLinkUp()).toBe(true);
    expect(messages).not.toContain(0);
    for (const up of [false, true]) {
      const before = messages.length;
      link.setCarrier(up);
      yield* settleDown();
      expect([isLinkUp(), messages.slice(before)]).toEqual([up, [0]]);
    }
  });
});
