/** WDM-UNMAP-IRQL: MmUnmapIoSpace above the IRQL that page or Driver Verifier allows. */
import { hexVa } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL, irqlName } from '../../units/irql.ts';
import { rule } from '../rule.ts';

const LIMIT = { documented: DISPATCH_LEVEL, verifier: APC_LEVEL } as const;

export const wdmUnmapIrql = rule({
  id: 'WDM-UNMAP-IRQL',
  severity: 'error',
  framework: 'wdm',
  summary:
    'MmUnmapIoSpace is called at DISPATCH_LEVEL or below (documented), at APC_LEVEL or below under Driver Verifier.',
  message: 'MmUnmapIoSpace was called at {irql}; the highest allowed is {limit} ({source}).',
  why: 'Unmapping flushes translations on every processor, which cannot be done above DISPATCH_LEVEL. Driver Verifier is stricter than the page: it stops with 0xC4 0x7B above APC_LEVEL.',
  fix: 'Unmap from a PnP handler or a work item, at PASSIVE_LEVEL, with no spin lock held. That satisfies both sources.',
  limits:
    'The sources disagree: profile `documented` follows the function page, profile `verifier` the bug-check page.',
  doc: 'wdm/nf-wdm-mmunmapiospace',
  sources: [
    'wdm/nf-wdm-mmunmapiospace',
    'debugger/bug-check-0xc4--driver-verifier-detected-violation',
  ],
  bad: `KeAcquireSpinLock(&ext->Lock, &irql);
MmUnmapIoSpace(ext->Base, ext->Length);
KeReleaseSpinLock(&ext->Lock, irql);`,
  good: `KeAcquireSpinLock(&ext->Lock, &irql);
base = ext->Base;
ext->Base = NULL;
KeReleaseSpinLock(&ext->Lock, irql);
MmUnmapIoSpace(base, ext->Length);`,
  on: {
    unmap(event, report, _state, { profile }) {
      const limit = LIMIT[profile];
      if (event.service !== 'MmUnmapIoSpace' || event.irql <= limit) return;
      report(
        event,
        {
          irql: irqlName(event.irql),
          limit: irqlName(limit),
          source: event.irql > DISPATCH_LEVEL ? 'function page' : 'Driver Verifier 0xC4 0x7B',
          base: hexVa(event.base),
        },
        { mapping: event.mapping },
      );
    },
  },
});
