/** ProbeForRead, ProbeForWrite and the services that raise exceptions. */
import { statusCode } from '../../layout/named.ts';
import { ptr, sizeT, u32 } from '../../layout/struct.ts';
import { USER_PROBE_ADDRESS } from '../../memory/address-map.ts';
import { PAGE_SIZE, pageOf, type Va, va, vaAdd } from '../../units/address.ts';
import { APC_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { ntStatus, STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { raiseStatus } from '../ke/raise.ts';
import type { Kernel } from '../kernel.ts';
import { alias, type Service, service } from '../service.ts';

/** Misalignment first, then wrap-around and the end of user space, as the header's macro orders them. */
function* check(kernel: Kernel, at: Va, length: bigint, alignment: number): Blocking<void> {
  if ((at & BigInt(alignment - 1)) !== 0n) {
    yield* raiseStatus(kernel, STATUS.DATATYPE_MISALIGNMENT);
  }
  const end = at + length;
  if (end > USER_PROBE_ADDRESS) yield* raiseStatus(kernel, STATUS.ACCESS_VIOLATION);
}

const params = { Address: ptr(), Length: sizeT, Alignment: u32 };

const ProbeForRead = service({
  name: 'ProbeForRead',
  doc: 'wdm/nf-wdm-probeforread',
  params,
  returns: 'void',
  maxIrql: APC_LEVEL,
  *run(kernel, { Address, Length, Alignment }) {
    if (Length !== 0n) yield* check(kernel, Address, Length, Alignment);
  },
});

/** Touches every page, so that one that may not be written faults here. */
const ProbeForWrite = service({
  name: 'ProbeForWrite',
  doc: 'wdm/nf-wdm-probeforwrite',
  params,
  returns: 'void',
  maxIrql: APC_LEVEL,
  *run(kernel, { Address, Length, Alignment }) {
    if (Length === 0n) return;
    yield* check(kernel, Address, Length, Alignment);
    const last = va(Address + Length - 1n);
    for (let at = Address; at <= last; at = vaAdd(pageOf(at), PAGE_SIZE)) {
      kernel.mmu.write(at, 1, kernel.mmu.read(at, 1));
    }
  },
});

const ExRaiseStatus = service({
  name: 'ExRaiseStatus',
  doc: 'wdm/nf-wdm-exraisestatus',
  params: { Status: statusCode },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, { Status }) => raiseStatus(kernel, ntStatus(Status)),
});

const ExRaiseAccessViolation = service({
  name: 'ExRaiseAccessViolation',
  doc: 'ntddk/nf-ntddk-exraiseaccessviolation',
  params: {},
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel) => raiseStatus(kernel, STATUS.ACCESS_VIOLATION),
});

const ExRaiseDatatypeMisalignment = service({
  name: 'ExRaiseDatatypeMisalignment',
  doc: 'ntddk/nf-ntddk-exraisedatatypemisalignment',
  params: {},
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel) => raiseStatus(kernel, STATUS.DATATYPE_MISALIGNMENT),
});

export const probeServices: readonly Service[] = [
  ProbeForRead,
  ProbeForWrite,
  ExRaiseStatus,
  alias('RtlRaiseStatus', ExRaiseStatus),
  ExRaiseAccessViolation,
  ExRaiseDatatypeMisalignment,
];
