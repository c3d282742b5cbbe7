/** Algorithms of cng.sys: opened by name, asked for their sizes, closed. Ciphers and signatures are not modelled. */
import { readUtf16z, utf16Bytes } from '../../layout/nt.ts';
import { ptr, u32 } from '../../layout/struct.ts';
import { NULL } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { notModelledHere } from '../end.ts';
import { type Service, service } from '../service.ts';
import { type Algorithm, algorithmNamed, CNG, handles, OBJECT_BYTES } from './handles.ts';

const BCRYPT_PROV_DISPATCH = 0x1;
const BCRYPT_ALG_HANDLE_HMAC_FLAG = 0x8;
const BCRYPT_HASH_REUSABLE_FLAG = 0x20;
const KNOWN_FLAGS = BCRYPT_PROV_DISPATCH | BCRYPT_ALG_HANDLE_HMAC_FLAG | BCRYPT_HASH_REUSABLE_FLAG;
const MAX_NAME = 64;

const BCryptOpenAlgorithmProvider = service({
  name: 'BCryptOpenAlgorithmProvider',
  dll: CNG,
  doc: 'windows/win32/api/bcrypt/nf-bcrypt-bcryptopenalgorithmprovider',
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
    const isUnknown = (dwFlags & ~KNOWN_FLAGS) !== 0;
    if (phAlgorithm === NULL || pszAlgId === NULL || isUnknown) return STATUS.INVALID_PARAMETER;
    const name = readUtf16z(kernel.mmu, pszAlgId, MAX_NAME);
    const algorithm = algorithmNamed(name, (dwFlags & BCRYPT_ALG_HANDLE_HMAC_FLAG) !== 0);
    if (algorithm === undefined) {
      return notModelledHere(`BCryptOpenAlgorithmProvider of ${name}`, CNG);
    }
    kernel.mmu.write(phAlgorithm, 8, handles(kernel).open(algorithm));
    return STATUS.SUCCESS;
  },
});

const BCryptCloseAlgorithmProvider = service({
  name: 'BCryptCloseAlgorithmProvider',
  dll: CNG,
  doc: 'windows/win32/api/bcrypt/nf-bcrypt-bcryptclosealgorithmprovider',
  params: { hAlgorithm: ptr(), dwFlags: u32 },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { hAlgorithm }) =>
    handles(kernel).close(hAlgorithm) ? STATUS.SUCCESS : STATUS.INVALID_HANDLE,
});

function propertyOf(algorithm: Algorithm, name: string): Uint8Array | undefined {
  const number = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);
  if (algorithm.kind === 'rng') return undefined;
  const { hash } = algorithm;
  switch (name) {
    case 'AlgorithmName':
      return utf16Bytes(`${hash.name}\0`);
    case 'HashDigestLength':
      return number(hash.digestBytes);
    case 'HashBlockLength':
      return number(hash.blockBytes);
    case 'ObjectLength':
      return number(OBJECT_BYTES);
    default:
      return undefined;
  }
}

const BCryptGetProperty = service({
  name: 'BCryptGetProperty',
  dll: CNG,
  doc: 'windows/win32/api/bcrypt/nf-bcrypt-bcryptgetproperty',
  params: {
    hObject: ptr(),
    pszProperty: ptr('WCHAR'),
    pbOutput: ptr('UCHAR'),
    cbOutput: u32,
    pcbResult: ptr('ULONG'),
    dwFlags: u32,
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { hObject, pszProperty, pbOutput, cbOutput, pcbResult }): NtStatus {
    const known = handles(kernel);
    const algorithm = known.algorithm(hObject) ?? known.hash(hObject)?.algorithm;
    if (algorithm === undefined) return STATUS.INVALID_HANDLE;
    if (pszProperty === NULL || pcbResult === NULL) return STATUS.INVALID_PARAMETER;
    const bytes = propertyOf(algorithm, readUtf16z(kernel.mmu, pszProperty, MAX_NAME));
    if (bytes === undefined) return STATUS.NOT_SUPPORTED;
    kernel.mmu.write(pcbResult, 4, BigInt(bytes.length));
    if (pbOutput === NULL) return STATUS.SUCCESS;
    if (cbOutput < bytes.length) return STATUS.BUFFER_TOO_SMALL;
    kernel.mmu.writeBytes(pbOutput, bytes);
    return STATUS.SUCCESS;
  },
});

export const algorithmServices: readonly Service[] = [
  BCryptOpenAlgorithmProvider,
  BCryptCloseAlgorithmProvider,
  BCryptGetProperty,
];
