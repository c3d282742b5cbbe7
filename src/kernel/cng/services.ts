/** cng.sys: random numbers, from the run's seed so that a run repeats; ciphers and hashes are not modelled. */
import { readUtf16z } from '../../layout/nt.ts';
import { ptr, sizeT, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { notModelledHere } from '../end.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import { type Kernel, part } from '../kernel.ts';
import { type Service, service } from '../service.ts';

const CNG = 'cng.sys';

/** More than any caller needs at once; a longer request is cut into calls by real drivers too. */
const MAX_BYTES = 0x10_0000n;
const BCRYPT_USE_SYSTEM_PREFERRED_RNG = 0x2;
/** BCRYPT_PROV_DISPATCH: the handle may be used at DISPATCH_LEVEL. */
const BCRYPT_PROV_DISPATCH = 0x1;
const RNG = new Set(['RNG', 'FIPS186DSARNG', 'DUALECRNG']);
const MAX_NAME = 64;

/** Handles of opened random number generators. */
const providers = part(() => new Set<Va>());

function fillRandom(kernel: Kernel, at: Va, length: bigint): void {
  const bytes = new Uint8Array(Number(length));
  for (let i = 0; i < bytes.length; i++) bytes[i] = kernel.random() & 0xff;
  kernel.mmu.writeBytes(at, bytes);
}

/** Not in any header of the WDK; what BCryptGenRandom and the runtime libraries draw from. */
const SystemPrng = service({
  name: 'SystemPrng',
  dll: CNG,
  doc: 'cng.sys (undocumented)',
  params: { Buffer: ptr('UCHAR'), Length: sizeT },
  returns: 'bool',
  run(kernel, { Buffer, Length }) {
    if (Length > MAX_BYTES) return false;
    fillRandom(kernel, Buffer, Length);
    return true;
  },
});

const BCryptGenRandom = service({
  name: 'BCryptGenRandom',
  dll: CNG,
  doc: 'bcrypt/nf-bcrypt-bcryptgenrandom',
  params: { hAlgorithm: ptr(), pbBuffer: ptr('UCHAR'), cbBuffer: u32, dwFlags: u32 },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { hAlgorithm, pbBuffer, cbBuffer, dwFlags }): NtStatus {
    const isSystem = (dwFlags & BCRYPT_USE_SYSTEM_PREFERRED_RNG) !== 0;
    if (!isSystem && !providers(kernel).has(hAlgorithm)) return STATUS.INVALID_HANDLE;
    if (isSystem && hAlgorithm !== NULL) return STATUS.INVALID_PARAMETER;
    if (pbBuffer === NULL || BigInt(cbBuffer) > MAX_BYTES) return STATUS.INVALID_PARAMETER;
    fillRandom(kernel, pbBuffer, BigInt(cbBuffer));
    return STATUS.SUCCESS;
  },
});

const HANDLE_BYTES = 16;

const BCryptOpenAlgorithmProvider = service({
  name: 'BCryptOpenAlgorithmProvider',
  dll: CNG,
  doc: 'bcrypt/nf-bcrypt-bcryptopenalgorithmprovider',
  params: {
    phAlgorithm: ptr('BCRYPT_ALG_HANDLE'),
    pszAlgId: ptr('WCHAR'),
    pszImplementation: ptr('WCHAR'),
    dwFlags: u32,
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.NO_MEMORY],
  run(kernel, { phAlgorithm, pszAlgId, dwFlags }): NtStatus {
    if (phAlgorithm === NULL || pszAlgId === NULL) return STATUS.INVALID_PARAMETER;
    const name = readUtf16z(kernel.mmu, pszAlgId, MAX_NAME);
    if (!RNG.has(name)) return notModelledHere(`BCryptOpenAlgorithmProvider of ${name}`, CNG);
    if ((dwFlags & ~BCRYPT_PROV_DISPATCH) !== 0) return STATUS.INVALID_PARAMETER;
    const handle = allocateForKernel(kernel, HANDLE_BYTES, 'Cngp');
    providers(kernel).add(handle);
    kernel.mmu.write(phAlgorithm, 8, handle);
    return STATUS.SUCCESS;
  },
});

const BCryptCloseAlgorithmProvider = service({
  name: 'BCryptCloseAlgorithmProvider',
  dll: CNG,
  doc: 'bcrypt/nf-bcrypt-bcryptclosealgorithmprovider',
  params: { hAlgorithm: ptr(), dwFlags: u32 },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { hAlgorithm }): NtStatus {
    if (!providers(kernel).delete(hAlgorithm)) return STATUS.INVALID_HANDLE;
    pool(kernel).free(hAlgorithm);
    return STATUS.SUCCESS;
  },
});

export const cngServices: readonly Service[] = [
  SystemPrng,
  BCryptGenRandom,
  BCryptOpenAlgorithmProvider,
  BCryptCloseAlgorithmProvider,
];
