import { expect, test } from 'vitest';
import { va } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { Namespace } from './namespace.ts';

const device = { kind: 'object', at: va(0xffff_a000_0000_1000n) } as const;

test('names are found without regard to case and through links', () => {
  const names = new Namespace();
  expect(names.insert('\\Device\\Edu', device)).toBe(STATUS.SUCCESS);
  const link = { kind: 'link', target: '\\Device\\Edu' } as const;
  expect(names.insert('\\DosDevices\\EduLink', link)).toBe(STATUS.SUCCESS);
  for (const path of ['\\??\\EDULINK', '\\GLOBAL??\\edulink', '\\DosDevices\\Global\\EduLink']) {
    expect(names.resolve(path)?.named).toEqual(device);
  }
  expect(names.resolve('\\??\\EduLink\\file\\part')).toMatchObject({
    name: '\\Device\\Edu',
    rest: '\\file\\part',
  });
});

test.each([
  ['Device\\Edu', STATUS.OBJECT_PATH_SYNTAX_BAD],
  ['\\Device\\', STATUS.OBJECT_NAME_INVALID],
  ['\\Device\\\\Edu', STATUS.OBJECT_NAME_INVALID],
  ['\\Nowhere\\Edu', STATUS.OBJECT_PATH_NOT_FOUND],
  ['\\Device', STATUS.OBJECT_NAME_COLLISION],
])('%s is refused', (path, status) => {
  expect(new Namespace().insert(path, device)).toBe(status);
});

test('links that lead to each other end nowhere', () => {
  const names = new Namespace();
  names.insert('\\??\\A', { kind: 'link', target: '\\??\\B' });
  names.insert('\\??\\B', { kind: 'link', target: '\\??\\A' });
  expect(names.resolve('\\??\\A')).toBeUndefined();
});

test('a removed name is gone', () => {
  const names = new Namespace();
  names.insert('\\Device\\Edu', device);
  expect(names.remove('\\device\\EDU')).toBe(true);
  expect(names.remove('\\Device\\Edu')).toBe(false);
  expect(names.resolve('\\Device\\Edu')).toBeUndefined();
});
