/** Access tokens by handle and pointer: opening the one there is, and what it says of its user. */
import { handle, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { notModelledHere } from '../end.ts';
import { allocateForKernel } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';
import { handles } from '../ob/handles.ts';
import { objectByHandle } from '../ob/object-access.ts';
import { alias, type Service, service } from '../service.ts';
import { primaryToken } from './token.ts';
import { TOKEN_CLASS, tokenInformation } from './token-information.ts';

const TOKEN = 'token';

/** Nothing when the handle is one of the wanted type; the status of the refusal otherwise. */
function wrongHandle(kernel: Kernel, given: bigint, wanted: string): NtStatus | undefined {
  const found = objectByHandle(kernel, given, 0);
  if (typeof found === 'number') return found;
  return found?.type === wanted ? undefined : STATUS.OBJECT_TYPE_MISMATCH;
}

function openToken(kernel: Kernel, process: bigint, out: Va): NtStatus {
  const wrong = wrongHandle(kernel, process, 'Process');
  if (wrong !== undefined) return wrong;
  const token = handles(kernel).open({ type: TOKEN, body: primaryToken(kernel).at });
  kernel.mmu.write(out, 8, token);
  return STATUS.SUCCESS;
}

const ZwOpenProcessTokenEx = service({
  name: 'ZwOpenProcessTokenEx',
  doc: 'ntifs/nf-ntifs-zwopenprocesstokenex',
  params: {
    ProcessHandle: handle,
    DesiredAccess: u32,
    HandleAttributes: u32,
    TokenHandle: ptr('HANDLE'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.ACCESS_DENIED],
  run: (kernel, { ProcessHandle, TokenHandle }) => openToken(kernel, ProcessHandle, TokenHandle),
});

const ZwOpenProcessToken = service({
  name: 'ZwOpenProcessToken',
  doc: 'ntifs.h',
  params: { ProcessHandle: handle, DesiredAccess: u32, TokenHandle: ptr('HANDLE') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.ACCESS_DENIED],
  run: (kernel, { ProcessHandle, TokenHandle }) => openToken(kernel, ProcessHandle, TokenHandle),
});

/** No thread impersonates anybody. */
const ZwOpenThreadTokenEx = service({
  name: 'ZwOpenThreadTokenEx',
  doc: 'ntifs/nf-ntifs-zwopenthreadtokenex',
  params: {
    ThreadHandle: handle,
    DesiredAccess: u32,
    OpenAsSelf: u32,
    HandleAttributes: u32,
    TokenHandle: ptr('HANDLE'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { ThreadHandle }) => wrongHandle(kernel, ThreadHandle, 'Thread') ?? STATUS.NO_TOKEN,
});

/** What only an impersonation token has is refused. */
const isOfImpersonation = (informationClass: number): boolean =>
  informationClass === TOKEN_CLASS.TokenImpersonationLevel;

function informationFor(informationClass: number, at: Va): Uint8Array {
  return (
    tokenInformation(informationClass, at) ??
    notModelledHere(`token information class ${informationClass}`)
  );
}

const ZwQueryInformationToken = service({
  name: 'ZwQueryInformationToken',
  doc: 'ntifs/nf-ntifs-zwqueryinformationtoken',
  params: {
    TokenHandle: handle,
    TokenInformationClass: u32,
    TokenInformation: ptr(),
    TokenInformationLength: u32,
    ReturnLength: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args): NtStatus {
    const wrong = wrongHandle(kernel, args.TokenHandle, 'Token');
    if (wrong !== undefined) return wrong;
    if (isOfImpersonation(args.TokenInformationClass)) return STATUS.INVALID_INFO_CLASS;
    const bytes = informationFor(args.TokenInformationClass, args.TokenInformation);
    kernel.mmu.write(args.ReturnLength, 4, BigInt(bytes.length));
    if (args.TokenInformationLength < bytes.length) return STATUS.BUFFER_TOO_SMALL;
    kernel.mmu.writeBytes(args.TokenInformation, bytes);
    return STATUS.SUCCESS;
  },
});

const { TokenSessionId, TokenIntegrityLevel } = TOKEN_CLASS;
/** Classes whose answer is a number in place of a pointer to pool. */
const IN_PLACE: ReadonlySet<number> = new Set([TokenSessionId, TokenIntegrityLevel]);
const SECURITY_MANDATORY_HIGH_RID = 0x3000n;

const SeQueryInformationToken = service({
  name: 'SeQueryInformationToken',
  doc: 'ntifs/nf-ntifs-sequeryinformationtoken',
  params: {
    Token: ptr('ACCESS_TOKEN'),
    TokenInformationClass: u32,
    TokenInformation: ptr('PVOID'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, { TokenInformationClass: wanted, TokenInformation: out }) {
    if (isOfImpersonation(wanted)) return STATUS.INVALID_INFO_CLASS;
    const bytes = informationFor(wanted, NULL);
    if (IN_PLACE.has(wanted)) {
      const number = new DataView(bytes.buffer).getUint32(0, true);
      kernel.mmu.write(
        out,
        4,
        wanted === TokenIntegrityLevel ? SECURITY_MANDATORY_HIGH_RID : BigInt(number),
      );
      return STATUS.SUCCESS;
    }
    const at = allocateForKernel(kernel, bytes.length, 'SeTi');
    kernel.mmu.writeBytes(at, informationFor(wanted, at));
    kernel.mmu.write(out, 8, at);
    return STATUS.SUCCESS;
  },
});

export const tokenServices: readonly Service[] = [
  ZwOpenProcessToken,
  alias('NtOpenProcessToken', ZwOpenProcessToken, 'ntifs/nf-ntifs-ntopenprocesstoken'),
  ZwOpenProcessTokenEx,
  alias('NtOpenProcessTokenEx', ZwOpenProcessTokenEx, 'ntifs/nf-ntifs-ntopenprocesstokenex'),
  ZwOpenThreadTokenEx,
  alias('NtOpenThreadTokenEx', ZwOpenThreadTokenEx, 'ntifs/nf-ntifs-ntopenthreadtokenex'),
  ZwQueryInformationToken,
  alias(
    'NtQueryInformationToken',
    ZwQueryInformationToken,
    'ntifs/nf-ntifs-ntqueryinformationtoken',
  ),
  SeQueryInformationToken,
];
