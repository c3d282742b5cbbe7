import { expect, test } from 'vitest';
import { HostError } from '../units/errors.ts';
import { userModeFramework } from './user-mode.ts';

const look = (dlls: readonly string[], names: readonly string[] = []) =>
  userModeFramework(
    dlls.map((dll) => ({ dll })),
    names.map((name) => ({ name })),
  );

test.each([[['ntoskrnl.exe', 'HAL.dll', 'NETIO.SYS', 'ndis.sys']], [[]]])(
  '%j is of the kernel',
  (dlls) => {
    expect(look(dlls, ['DllGetClassObject'])).toBeUndefined();
  },
);

test.each([
  ['KERNEL32.dll'],
  ['ucrtbase.dll'],
  ['api-ms-win-core-heap-l1-1-0.dll'],
  ['VCRUNTIME140_1.dll'],
])('an image that imports from %s is refused by that name', (dll) => {
  expect(() => look(['ntoskrnl.exe', dll])).toThrow(HostError);
  expect(() => look(['ntoskrnl.exe', dll])).toThrow(
    `it imports from ${dll}, a module of user mode`,
  );
});

test.each([
  ['DllGetClassObject', 'UMDF 1'],
  ['FxDriverEntryUm', 'UMDF 2'],
])('one that exports %s is a driver of %s', (name, version) => {
  expect(look(['KERNEL32.dll'], [name])).toEqual({
    framework: 'umdf',
    title: `the ${version} framework (${name})`,
  });
});
