import { expect, test } from 'vitest';
import { type Va, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { pool } from '../ex/pool.ts';
import { aclServices } from '../rtl/acl.ts';
import { securityDescriptorServices } from '../rtl/security-descriptor.ts';
import { allocate, caller, placeString, testKernel } from '../test-kernel.ts';
import { SeExports } from './exports.ts';
import { seServices } from './services.ts';
import { readSid, sidBytes, sidText, WELL_KNOWN_SIDS } from './sid.ts';

function setup() {
  const kernel = testKernel();
  const call = caller(kernel, [...seServices, ...aclServices, ...securityDescriptorServices]);
  const sid = (text: string): Va => {
    const bytes = sidBytes(text);
    const at = allocate(kernel, bytes.length);
    kernel.mmu.writeBytes(at, bytes);
    return at;
  };
  return { kernel, call, sid };
}

/** An absolute descriptor with one entry that allows `mask` to a SID. */
function descriptor(
  { kernel, call, sid }: ReturnType<typeof setup>,
  who: string,
  mask: number,
): Va {
  const acl = allocate(kernel, 128);
  expect(call('RtlCreateAcl', acl, 128, 2)).toBe(0n);
  expect(call('RtlAddAccessAllowedAce', acl, 2, mask, sid(who))).toBe(0n);
  const at = allocate(kernel, 40);
  expect(call('RtlCreateSecurityDescriptor', at, 1)).toBe(0n);
  expect(call('RtlSetDaclSecurityDescriptor', at, 1, acl, 0)).toBe(0n);
  return at;
}

test.each(Object.values(WELL_KNOWN_SIDS))('%s survives being stored', (text) => {
  const { kernel, sid } = setup();
  expect(sidText(readSid(kernel, sid(text)))).toBe(text);
});

test('SeExports points to privileges and SIDs where the header has them', () => {
  const { kernel } = setup();
  const at = allocate(kernel, 8);
  SeExports.initialise(kernel, at);
  const table = va(kernel.mmu.u64(at));
  const member = (offset: number): Va => va(kernel.mmu.u64(vaAdd(table, offset)));
  expect(member(0)).toBe(2n);
  expect(member(8 * 18)).toBe(20n);
  const sids = [24, 33, 34].map((i) => sidText(readSid(kernel, member(8 * i))));
  expect(sids).toEqual(['S-1-1-0', 'S-1-5-18', 'S-1-5-32-544']);
});

test('a list takes entries while they fit', () => {
  const { kernel, call, sid } = setup();
  const acl = allocate(kernel, 64);
  call('RtlCreateAcl', acl, 48, 2);
  expect(call('RtlAddAccessAllowedAce', acl, 2, 1, sid('S-1-1-0'))).toBe(0n);
  expect(call('RtlAddAccessAllowedAce', acl, 2, 2, sid('S-1-5-18'))).toBe(0n);
  expect(call('RtlAddAccessAllowedAce', acl, 2, 4, sid('S-1-5-18'))).toBe(
    BigInt(STATUS.ALLOTTED_SPACE_EXCEEDED),
  );
  expect(kernel.mmu.u16(vaAdd(acl, 4))).toBe(2);
  const out = allocate(kernel, 8);
  expect(call('RtlGetAce', acl, 1, out)).toBe(0n);
  expect(kernel.mmu.u64(out)).toBe(acl + 28n);
  expect(call('RtlGetAce', acl, 2, out)).toBe(BigInt(STATUS.INVALID_PARAMETER));
});

test('an absolute descriptor becomes self-relative in a buffer large enough', () => {
  const context = setup();
  const { kernel, call } = context;
  const at = descriptor(context, 'S-1-5-18', 0x1f01ff);
  const size = allocate(kernel, 4);
  expect(call('RtlLengthSecurityDescriptor', at)).toBe(40n + 128n);
  expect(call('RtlAbsoluteToSelfRelativeSD', at, 0, size)).toBe(BigInt(STATUS.BUFFER_TOO_SMALL));
  expect(kernel.mmu.u32(size)).toBe(20 + 128);
  const out = allocate(kernel, 148);
  expect(call('RtlAbsoluteToSelfRelativeSD', at, out, size)).toBe(0n);
  expect(call('RtlAbsoluteToSelfRelativeSD', out, out, size)).toBe(
    BigInt(STATUS.BAD_DESCRIPTOR_FORMAT),
  );
  expect(call('RtlValidRelativeSecurityDescriptor', out, 148, 0)).toBe(1n);
  const [present, dacl, defaulted] = [1, 8, 1].map((bytes) => allocate(kernel, bytes)) as [
    Va,
    Va,
    Va,
  ];
  expect(call('RtlGetDaclSecurityDescriptor', out, present, dacl, defaulted)).toBe(0n);
  expect([kernel.mmu.u8(present), kernel.mmu.u64(dacl)]).toEqual([1, out + 20n]);
  expect(call('RtlSetDaclSecurityDescriptor', out, 0, 0, 0)).toBe(
    BigInt(STATUS.INVALID_SECURITY_DESCR),
  );
});

test('capturing copies, and releasing gives the copy back', () => {
  const context = setup();
  const { kernel, call } = context;
  const at = descriptor(context, 'S-1-1-0', 1);
  const out = allocate(kernel, 8);
  expect(call('SeCaptureSecurityDescriptor', at, 0, 1, 0, out)).toBe(0n);
  expect(kernel.mmu.u64(out)).toBe(at);
  expect(call('SeCaptureSecurityDescriptor', at, 0, 1, 1, out)).toBe(0n);
  const captured = va(kernel.mmu.u64(out));
  expect(pool(kernel).block(captured)?.kind).toBe('paged');
  call('SeReleaseSecurityDescriptor', captured, 0, 1);
  expect(pool(kernel).block(captured)).toBeUndefined();
});

test.each([
  ['the kernel may do anything', 'S-1-5-18', 0x1, 0, 0x2, true],
  ['a user gets what an entry for administrators allows', 'S-1-5-32-544', 0x3, 1, 0x2, true],
  ['a user gets nothing from an entry for the system', 'S-1-5-18', 0x3, 1, 0x2, false],
  ['a user gets no more than the entry allows', 'S-1-1-0', 0x1, 1, 0x2, false],
])('%s', (_what, who, mask, mode, wanted, allowed) => {
  const context = setup();
  const { kernel, call } = context;
  const at = descriptor(context, who, mask);
  const mapping = allocate(kernel, 16);
  kernel.mmu.write(vaAdd(mapping, 12), 4, 0xffn);
  const subject = allocate(kernel, 32);
  call('SeCaptureSubjectContext', subject);
  const [granted, status] = [allocate(kernel, 4), allocate(kernel, 4)];
  const result = call(
    'SeAccessCheck',
    at,
    subject,
    0,
    wanted,
    0,
    0,
    mapping,
    mode,
    granted,
    status,
  );
  expect(result).toBe(allowed ? 1n : 0n);
  expect(kernel.mmu.u32(granted)).toBe(allowed ? wanted : 0);
  expect(kernel.mmu.u32(status)).toBe(allowed ? 0 : STATUS.ACCESS_DENIED);
});

test('SIDs compare, copy and print', () => {
  const { kernel, call, sid } = setup();
  const [a, b] = [sid('S-1-5-32-544'), sid('S-1-5-32-545')];
  expect(call('RtlLengthSid', a)).toBe(16n);
  expect([call('RtlEqualSid', a, b), call('RtlEqualSid', a, a)]).toEqual([0n, 1n]);
  expect(call('RtlCopySid', 12, b, a)).toBe(BigInt(STATUS.BUFFER_TOO_SMALL));
  expect(call('RtlCopySid', 16, b, a)).toBe(0n);
  const text = placeString(kernel, '', { capacity: 40 });
  expect(call('RtlConvertSidToUnicodeString', text, b, 0)).toBe(0n);
  expect(kernel.mmu.u16(text)).toBe('S-1-5-32-544'.length * 2);
});
