/** Random numbers of cng.sys, from the run's seed so that a run repeats. */
import { ptr, sizeT, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { CNG, handles } from './handles.ts';

const BCRYPT_USE_SYSTEM_PREFERRED_RNG = 0x2;
/** Drawn and written together. */
const PIECE = 0x1_0000;

function fillRandom(kernel: Kernel, at: Va, length: bigint): void {
  for (let done = 0n; done < length; done += BigInt(PIECE)) {
    const left = length - done;
    const bytes = new Uint8Array(left < BigInt(PIECE) ? Number(left) : PIECE);
    handles(kernel).work(bytes.length);
    for (let i = 0; i < bytes.length; i += 4) {
      const drawn = kernel.random();
      for (let j = i; j < Math.min(i + 4, bytes.length); j++) bytes[j] = drawn >>> (8 * (j - i));
    }
    kernel.mmu.writeBytes(vaAdd(at, done), bytes);
  }
}

/** Not in any header of the WDK; what BCryptGenRandom and the runtime libraries draw from. */
const SystemPrng = service({
  name: 'SystemPrng',
  dll: CNG,
  doc: 'cng.sys (undocumented)',
  params: { Buffer: ptr('UCHAR'), Length: sizeT },
  returns: 'bool',
  run(kernel, { Buffer, Length }) {
    fillRandom(kernel, Buffer, Length);
    return true;
  },
});

const BCryptGenRandom = service({
  name: 'BCryptGenRandom',
  dll: CNG,
  doc: 'windows/win32/api/bcrypt/nf-bcrypt-bcryptgenrandom',
  params: { hAlgorithm: ptr(), pbBuffer: ptr('UCHAR'), cbBuffer: u32, dwFlags: u32 },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { hAlgorithm, pbBuffer, cbBuffer, dwFlags }): NtStatus {
    const isSystem = (dwFlags & BCRYPT_USE_SYSTEM_PREFERRED_RNG) !== 0;
    if (isSystem ? hAlgorithm !== NULL : handles(kernel).algorithm(hAlgorithm)?.kind !== 'rng') {
      return isSystem ? STATUS.INVALID_PARAMETER : STATUS.INVALID_HANDLE;
    }
    if (pbBuffer === NULL) return STATUS.INVALID_PARAMETER;
    fillRandom(kernel, pbBuffer, BigInt(cbBuffer));
    return STATUS.SUCCESS;
  },
});

export const randomServices: readonly Service[] = [SystemPrng, BCryptGenRandom];
