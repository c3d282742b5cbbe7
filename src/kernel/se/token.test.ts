import { expect, test } from 'vitest';
import { type Va, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { handles } from '../ob/handles.ts';
import { allocate, caller, testKernel } from '../test-kernel.ts';
import { readSid, sidText } from './sid.ts';
import { tokenServices } from './token-services.ts';

const CURRENT_PROCESS = -1;
const CURRENT_THREAD = -2;
const TOKEN_QUERY = 8;
const KERNEL_HANDLE = 0x200;

function setup() {
  const kernel = testKernel();
  const call = caller(kernel, tokenServices);
  const out = allocate(kernel, 8);
  call('ZwOpenProcessTokenEx', CURRENT_PROCESS, TOKEN_QUERY, KERNEL_HANDLE, out);
  const token = kernel.mmu.u64(out);
  const query = (informationClass: number, at: Va, length: number): bigint =>
    call('ZwQueryInformationToken', token, informationClass, at, length, out);
  return { kernel, call, out, token, query };
}

test('the user of the token is an administrator, in the groups of one', () => {
  const { kernel, query } = setup();
  const at = allocate(kernel, 512);
  expect(query(1, at, 512)).toBe(0n);
  const user = sidText(readSid(kernel, va(kernel.mmu.u64(at))));
  expect(user).toMatch(/^S-1-5-21-\d+-\d+-\d+-500$/);
  expect(query(2, at, 512)).toBe(0n);
  const groups = Array.from({ length: kernel.mmu.u32(at) }, (_, i) =>
    sidText(readSid(kernel, va(kernel.mmu.u64(vaAdd(at, 8 + i * 16))))),
  );
  expect(groups).toContain('S-1-5-32-544');
  expect(groups).toContain('S-1-16-12288');
});

test('a buffer that is too small is told how large it must be', () => {
  const { kernel, out, query } = setup();
  const at = allocate(kernel, 8);
  expect(Number(query(2, at, 8))).toBe(STATUS.BUFFER_TOO_SMALL);
  expect(kernel.mmu.u32(out)).toBeGreaterThan(100);
});

test('handles are checked, and no thread has a token of its own', () => {
  const { kernel, call, out } = setup();
  const event = handles(kernel).open({ type: 'event', body: out });
  expect(Number(call('ZwQueryInformationToken', event, 1, out, 8, out))).toBe(
    STATUS.OBJECT_TYPE_MISMATCH,
  );
  expect(Number(call('ZwOpenProcessTokenEx', 0x44, 8, 0, out))).toBe(STATUS.INVALID_HANDLE);
  expect(Number(call('ZwOpenThreadTokenEx', CURRENT_THREAD, 8, 0, 0, out))).toBe(STATUS.NO_TOKEN);
});

test('SeQueryInformationToken gives pool, and numbers in place', () => {
  const { kernel, call, out, token } = setup();
  expect(call('SeQueryInformationToken', token, 1, out)).toBe(0n);
  const user = va(kernel.mmu.u64(out));
  expect(sidText(readSid(kernel, va(kernel.mmu.u64(user))))).toMatch(/-500$/);
  expect(call('SeQueryInformationToken', token, 25, out)).toBe(0n);
  expect(kernel.mmu.u32(out)).toBe(0x3000);
});

test('an impersonation level is refused for a primary token', () => {
  const { call, out, token, query } = setup();
  expect(Number(query(9, out, 8))).toBe(STATUS.INVALID_INFO_CLASS);
  expect(Number(call('SeQueryInformationToken', token, 9, out))).toBe(STATUS.INVALID_INFO_CLASS);
});
