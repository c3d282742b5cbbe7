/** WDM-MAP-IRQL: MmMapIoSpace(Ex) above DISPATCH_LEVEL. */
import { DISPATCH_LEVEL, irqlName } from '../../units/irql.ts';
import { isIoSpace } from '../leftovers.ts';
import { rule } from '../rule.ts';
import { callFacts, onEveryMap } from './calls.ts';

export const wdmMapIrql = rule({
  id: 'WDM-MAP-IRQL',
  severity: 'error',
  framework: 'wdm',
  summary: 'MmMapIoSpace(Ex) is called at DISPATCH_LEVEL or below.',
  message: '{service} of {physical} was called at {irql}; the highest allowed is DISPATCH_LEVEL.',
  why: 'The memory manager takes locks of its own at DISPATCH_LEVEL; above it the call can deadlock the processor. Driver Verifier stops with 0xC4 0x73.',
  fix: 'Map while handling START, at PASSIVE_LEVEL, and let the interrupt routine use the saved base.',
  limits: 'None known: page and Driver Verifier agree here, other than for the unmap.',
  doc: 'wdm/nf-wdm-mmmapiospace',
  sources: [
    'wdm/nf-wdm-mmmapiospace',
    'debugger/bug-check-0xc4--driver-verifier-detected-violation',
  ],
  bad: `BOOLEAN Isr(PKINTERRUPT Interrupt, PVOID Context) {
    ULONG *status = MmMapIoSpace(ext->Start, 4, MmNonCached);`,
  good: `BOOLEAN Isr(PKINTERRUPT Interrupt, PVOID Context) {
    ULONG status = READ_REGISTER_ULONG(&ext->Regs->Status);`,
  on: onEveryMap(({ call, irql }) =>
    isIoSpace(call) && irql > DISPATCH_LEVEL ? { ...callFacts(call), irql: irqlName(irql) } : null,
  ),
});
