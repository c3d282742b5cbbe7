import { expect, test } from 'vitest';
import type { FakeMachine } from '../../kernel/io/fake-driver.fixture.ts';
import { allocate, serviceNamed } from '../../kernel/test-kernel.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { messagesOf } from './interrupts.ts';
import { FakeMiniport } from './miniport.fixture.ts';
import { MSIX_OPERATION, MSIX_PARAMETERS, msixServices } from './msix.ts';
import { OBJECT, setHeader } from './object-header.ts';

const TABLE = 0x2000;
const NAME = 'NdisMConfigMSIXTableEntry';

const withTable = (machine: FakeMachine) => {
  const fn = machine.bus.add(
    {
      name: 'nic#1',
      identity: {
        vendorId: 0x1af4,
        deviceId: 0x1041,
        classCode: 0x020000,
        revision: 1,
        subsystemVendorId: 0x1af4,
        subsystemId: 0x1100,
      },
      bars: [
        {
          index: 0,
          space: 'memory',
          size: 0x4000,
          bits: 32,
          prefetchable: false,
          backing: 'device',
        },
      ],
      lineInterrupt: 'A',
      msi: null,
      msix: { messages: 4, bar: 0, tableOffset: TABLE, pendingOffset: 0x3000 },
      powerManagement: false,
      express: false,
    },
    { bridge: 0 },
  );
  fn.connect({ read: () => 0n, write: () => {}, reset: () => {} });
  return fn;
};

function onMessages(messages = 3) {
  const on = new FakeMiniport({}, { messages, add: withTable });
  const at = allocate(on.kernel, MSIX_PARAMETERS.bytes);
  const configure = (operation: number, entry: number, message = 0): string => {
    setHeader(on.kernel, at, OBJECT.DEFAULT, 1, MSIX_PARAMETERS.bytes);
    const view = MSIX_PARAMETERS.at(on.kernel.mmu, at);
    view.ConfigOperation = operation;
    view.TableEntry = entry;
    view.MessageNumber = message;
    const status = Number(on.call(NAME, on.adapter.handle, at));
    return Object.entries(NDIS_STATUS).find(([, value]) => value === status)?.[0] ?? String(status);
  };
  const word = (entry: number, offset: number): number =>
    Number(on.fn.messages.read(0, TABLE + entry * 16 + offset, 4));
  return { on, at, configure, word };
}

test('an entry that has no message of its own is given one of those assigned', () => {
  const { on, configure, word } = onMessages();
  const [, second] = messagesOf(on.adapter);
  expect(configure(MSIX_OPERATION.SET_TABLE_ENTRY, 3, 1)).toBe('SUCCESS');
  expect(word(3, 8)).toBe(second?.vector);
  expect(word(3, 0)).toBe(second?.resource.address);
  expect(word(3, 12)).toBe(1);
  expect(configure(MSIX_OPERATION.UNMASK, 3)).toBe('SUCCESS');
  expect(on.fn.message(3)).toBe(true);
});

test('a masked entry keeps its message until it is unmasked', () => {
  const { on, configure } = onMessages();
  expect(configure(MSIX_OPERATION.MASK, 0)).toBe('SUCCESS');
  on.fn.message(0);
  expect(Number(on.fn.messages.read(0, 0x3000, 8))).toBe(1);
  configure(MSIX_OPERATION.UNMASK, 0);
  expect(Number(on.fn.messages.read(0, 0x3000, 8))).toBe(0);
});

test.each([
  ['an entry beyond the table', [MSIX_OPERATION.MASK, 4, 0]],
  ['a message that was not assigned', [MSIX_OPERATION.SET_TABLE_ENTRY, 0, 3]],
  ['an operation that is none', [3, 0, 0]],
] as const)('%s is refused', (_what, [operation, entry, message]) => {
  expect(onMessages().configure(operation, entry, message)).toBe('INVALID_PARAMETER');
});

test('on the line there is no table to configure', () => {
  expect(onMessages(0).configure(MSIX_OPERATION.MASK, 0)).toBe('NOT_SUPPORTED');
});

test('only pointing an entry elsewhere is bound to DISPATCH_LEVEL', () => {
  const { on, at, configure } = onMessages();
  const service = serviceNamed(msixServices, NAME);
  const args = { MSIXConfigParameters: at };
  configure(MSIX_OPERATION.SET_TABLE_ENTRY, 0);
  expect(service.maxIrql(on.kernel, args)).toBe(DISPATCH_LEVEL);
  configure(MSIX_OPERATION.MASK, 0);
  expect(service.maxIrql(on.kernel, args)).toBe(HIGH_LEVEL);
});
