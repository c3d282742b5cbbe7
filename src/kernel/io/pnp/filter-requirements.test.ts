/** What becomes of a list that a driver puts in the place of the bus's ("IRP_MN_FILTER_RESOURCE_REQUIREMENTS"). */
import { expect, test } from 'vitest';
import { type Va, va } from '../../../units/address.ts';
import { STATUS } from '../../../units/status.ts';
import { pool } from '../../ex/pool.ts';
import { addFunction, FakeDriver, FakeMachine } from '../fake-driver.fixture.ts';
import { IRP_MJ, IRP_MN_PNP } from '../function-codes.ts';
import { IRP } from '../irp-layout.ts';
import { currentLocation } from '../irps.ts';
import { startDevice } from './pnp-manager.ts';
import { messagesIn } from './resource-lists.ts';

type Edit = (bytes: Uint8Array) => Uint8Array;

/** A driver that answers with a changed copy of the list and frees the one it got. */
function startedWith(edit: Edit | undefined) {
  const machine = new FakeMachine();
  const { kernel } = machine;
  const driver: FakeDriver = new FakeDriver(machine, {
    dispatch: new Map([
      [
        IRP_MJ.PNP,
        (_device: Va, irp: Va = _device) => {
          const { MinorFunction } = currentLocation(kernel, irp);
          const { IoStatus } = IRP.at(kernel.mmu, irp);
          const isFilter = MinorFunction === IRP_MN_PNP.FILTER_RESOURCE_REQUIREMENTS;
          if (!isFilter || edit === undefined) return driver.passOn(irp);
          const list = va(IoStatus.Information);
          const bytes = edit(kernel.mmu.readBytes(list, kernel.mmu.u32(list)));
          const own = pool(kernel).allocate(bytes.length, 'Edu ', 'paged') ?? list;
          kernel.mmu.writeBytes(own, bytes);
          pool(kernel).free(list);
          return driver.complete(irp, STATUS.SUCCESS, own);
        },
      ],
    ]),
  });
  const node = driver.add(addFunction(machine), 'edu#1', 4);
  machine.run(startDevice(kernel, node));
  const left = [...pool(kernel).live()].filter(({ tag }) => tag === 'Edu ' || tag === 'Pci ');
  return { node, left, bugCheck: machine.events.some(({ kind }) => kind === 'bugcheck') };
}

const DESCRIPTORS = 40;
const BYTES = 32;

/** Leaves out what the test does not want. */
const without =
  (isWanted: (type: number, flags: number) => boolean): Edit =>
  (bytes) => {
    const kept: Uint8Array[] = [];
    for (let at = DESCRIPTORS; at < bytes.length; at += BYTES) {
      const one = bytes.slice(at, at + BYTES);
      if (isWanted(one[1] ?? 0, one[4] ?? 0)) kept.push(one);
    }
    const list = Uint8Array.of(...bytes.slice(0, DESCRIPTORS), ...kept.flatMap((one) => [...one]));
    const view = new DataView(list.buffer);
    view.setUint32(0, list.length, true);
    view.setUint32(36, kept.length, true);
    return list;
  };

const twoMessages: Edit = (bytes) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = DESCRIPTORS; at < bytes.length; at += BYTES) {
    if (view.getUint16(at + 4, true) === 3) view.setUint32(at + 8, 0xffff_fffd, true);
  }
  return bytes;
};

test.each([
  ['the list that is passed on', undefined, 4],
  ['a copy', (bytes: Uint8Array) => bytes, 4],
  ['a list of two messages', twoMessages, 2],
  ['a list without messages', without((_, flags) => flags !== 3), 0],
  ['a list without memory', without((type) => type !== 3), 4],
] as const)('%s is what the device gets', (_what, edit, messages) => {
  const { node, left, bugCheck } = startedWith(edit);
  const given = node.resources.flatMap((resource) => {
    if (resource.type === 'interrupt') return [0];
    return resource.type === 'message-interrupt' ? [resource.messageCount] : [];
  });
  expect([node.messages, given]).toEqual([messages, [messages]]);
  expect(node.resources.some((resource) => resource.type === 'memory')).toBe(true);
  expect([left, bugCheck]).toEqual([[], false]);
});

test('a list that is cut short or counts too much is read as far as it goes', () => {
  const whole = new Uint8Array(DESCRIPTORS + 2 * BYTES);
  const view = new DataView(whole.buffer);
  view.setUint32(36, 0xffff_ffff, true);
  for (const at of [DESCRIPTORS, DESCRIPTORS + BYTES]) {
    view.setUint8(at + 1, 2);
    view.setUint16(at + 4, 2, true);
    view.setUint32(at + 8, 0xffff_fffe, true);
    view.setUint32(at + 12, 0xffff_fffe, true);
  }
  const counts = [whole.length, whole.length - 1, DESCRIPTORS, 5].map((length) =>
    messagesIn(whole.subarray(0, length)),
  );
  expect(counts).toEqual([2, 1, 0, 0]);
});
