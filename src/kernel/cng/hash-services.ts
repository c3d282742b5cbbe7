/** Hashing with cng.sys: a hash object fed in parts, or all at once. */
import { ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import type { Hasher, Hmac } from './block-hash.ts';
import { CNG, type HashAlgorithm, handles, OBJECT_BYTES } from './handles.ts';

const BCRYPT_HASH_REUSABLE_FLAG = 0x20;
/** Read and hashed together. */
const PIECE = 0x1_0000;
/** Far more than any key. */
const MAX_SECRET = 0x1000;

const hashAlgorithm = (kernel: Kernel, handle: Va): HashAlgorithm | undefined => {
  const algorithm = handles(kernel).algorithm(handle);
  return algorithm?.kind === 'hash' ? algorithm : undefined;
};

/** A key only with a provider that was opened for keys. */
function secretOf(
  kernel: Kernel,
  { isKeyed }: HashAlgorithm,
  at: Va,
  length: number,
): Uint8Array | undefined {
  if (length > MAX_SECRET || (length > 0 && (at === NULL || !isKeyed))) return undefined;
  return length === 0 ? new Uint8Array() : kernel.mmu.readBytes(at, length);
}

function feed(kernel: Kernel, work: Hasher | Hmac, at: Va, length: number): void {
  for (let done = 0; done < length; done += PIECE) {
    const bytes = Math.min(PIECE, length - done);
    handles(kernel).work(bytes, work.hash.blockBytes);
    work.update(kernel.mmu.readBytes(vaAdd(at, done), bytes));
  }
}

const BCryptCreateHash = service({
  name: 'BCryptCreateHash',
  dll: CNG,
  doc: 'windows/win32/api/bcrypt/nf-bcrypt-bcryptcreatehash',
  params: {
    hAlgorithm: ptr(),
    phHash: ptr('BCRYPT_HASH_HANDLE'),
    pbHashObject: ptr('UCHAR'),
    cbHashObject: u32,
    pbSecret: ptr('UCHAR'),
    cbSecret: u32,
    dwFlags: u32,
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [STATUS.NO_MEMORY],
  run(kernel, args): NtStatus {
    const algorithm = hashAlgorithm(kernel, args.hAlgorithm);
    if (algorithm === undefined) return STATUS.INVALID_HANDLE;
    const secret = secretOf(kernel, algorithm, args.pbSecret, args.cbSecret);
    if (args.phHash === NULL || secret === undefined) return STATUS.INVALID_PARAMETER;
    if (args.pbHashObject !== NULL && args.cbHashObject < OBJECT_BYTES) {
      return STATUS.BUFFER_TOO_SMALL;
    }
    const isReusable = (args.dwFlags & BCRYPT_HASH_REUSABLE_FLAG) !== 0;
    const handle = handles(kernel).begin({ algorithm, secret, isReusable });
    kernel.mmu.write(args.phHash, 8, handle);
    return STATUS.SUCCESS;
  },
});

const BCryptHashData = service({
  name: 'BCryptHashData',
  dll: CNG,
  doc: 'windows/win32/api/bcrypt/nf-bcrypt-bcrypthashdata',
  params: { hHash: ptr(), pbInput: ptr('UCHAR'), cbInput: u32, dwFlags: u32 },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { hHash, pbInput, cbInput }): NtStatus {
    const work = handles(kernel).hash(hHash)?.work;
    if (work === undefined) return STATUS.INVALID_HANDLE;
    feed(kernel, work, pbInput, cbInput);
    return STATUS.SUCCESS;
  },
});

const BCryptFinishHash = service({
  name: 'BCryptFinishHash',
  dll: CNG,
  doc: 'windows/win32/api/bcrypt/nf-bcrypt-bcryptfinishhash',
  params: { hHash: ptr(), pbOutput: ptr('UCHAR'), cbOutput: u32, dwFlags: u32 },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { hHash, pbOutput, cbOutput }): NtStatus {
    const found = handles(kernel).hash(hHash);
    if (found?.work === undefined) return STATUS.INVALID_HANDLE;
    const { algorithm, secret, isReusable, work } = found;
    if (cbOutput !== algorithm.hash.digestBytes) return STATUS.INVALID_PARAMETER;
    kernel.mmu.writeBytes(pbOutput, work.finish());
    found.work = isReusable ? handles(kernel).newWork(algorithm, secret) : undefined;
    return STATUS.SUCCESS;
  },
});

const BCryptDestroyHash = service({
  name: 'BCryptDestroyHash',
  dll: CNG,
  doc: 'windows/win32/api/bcrypt/nf-bcrypt-bcryptdestroyhash',
  params: { hHash: ptr() },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { hHash }) =>
    handles(kernel).destroy(hHash) ? STATUS.SUCCESS : STATUS.INVALID_HANDLE,
});

const BCryptHash = service({
  name: 'BCryptHash',
  dll: CNG,
  doc: 'windows/win32/api/bcrypt/nf-bcrypt-bcrypthash',
  params: {
    hAlgorithm: ptr(),
    pbSecret: ptr('UCHAR'),
    cbSecret: u32,
    pbInput: ptr('UCHAR'),
    cbInput: u32,
    pbOutput: ptr('UCHAR'),
    cbOutput: u32,
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, args): NtStatus {
    const algorithm = hashAlgorithm(kernel, args.hAlgorithm);
    if (algorithm === undefined) return STATUS.INVALID_HANDLE;
    const secret = secretOf(kernel, algorithm, args.pbSecret, args.cbSecret);
    if (secret === undefined || args.cbOutput !== algorithm.hash.digestBytes) {
      return STATUS.INVALID_PARAMETER;
    }
    const work = handles(kernel).newWork(algorithm, secret);
    feed(kernel, work, args.pbInput, args.cbInput);
    kernel.mmu.writeBytes(args.pbOutput, work.finish());
    return STATUS.SUCCESS;
  },
});

export const hashServices: readonly Service[] = [
  BCryptCreateHash,
  BCryptHashData,
  BCryptFinishHash,
  BCryptDestroyHash,
  BCryptHash,
];
