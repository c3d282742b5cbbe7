/** WDM-ACC-AFTER-UNMAP: a range is used after it was released. */
import type { EventOf } from '../../events/event.ts';
import { hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { mappingFacts, placeName } from '../words.ts';
import type { World } from '../world.ts';
import { clearedMapping, pageFault } from './page-fault.ts';

export const wdmAccAfterUnmap = rule({
  id: 'WDM-ACC-AFTER-UNMAP',
  severity: 'error',
  framework: 'wdm',
  summary:
    'No interrupt routine, DPC, timer, work item or thread touches a range once it is unmapped.',
  message: '{routine} accessed {address}: {mapping}, released by {released}{how}.',
  why: 'The addresses may already belong to another mapping, so the access reaches another device. Where they do not, the system stops: 0xD1 at raised IRQL, else 0x50.',
  fix: 'First make sure that nothing runs any more: disconnect the interrupt, cancel timers and wait for their DPCs (KeFlushQueuedDpcs), drain work items and threads. Then unmap.',
  limits:
    'No address is used again within a run, so every access after an unmap is seen. An access through a base that was cleared is recognised when all mappings have ended and the address fits the last one.',
  doc: 'kernel/removing-a-device-in-a-function-driver',
  sources: [
    'kernel/releasing-driver-allocated-resources',
    'kernel/removing-a-device-in-a-function-driver',
  ],
  bad: `MmUnmapIoSpace(ext->Regs, ext->Length);
IoDisconnectInterrupt(ext->Interrupt);`,
  good: `IoDisconnectInterrupt(ext->Interrupt);
KeFlushQueuedDpcs();
MmUnmapIoSpace(ext->Regs, ext->Length);`,
  on: {
    'page-fault'(event, report, _state, { world }) {
      if (pageFault(event, world) !== 'WDM-ACC-AFTER-UNMAP') return;
      const use = useFacts(event, world);
      if (use !== null) report(event, use.facts, { mapping: use.mapping });
    },
  },
});

/** What was used after its end, who released it, and who used it. */
function useFacts(event: EventOf<'page-fault'>, world: World) {
  const mapping = event.mapping ?? clearedMapping(event, world)?.facts ?? null;
  if (mapping === null) return null;
  const released = event.releasedAt ?? world.lastRelease;
  const facts = {
    ...mappingFacts(mapping),
    routine: event.callback ?? 'the driver',
    access: event.access,
    address: hexVa(event.address),
    released: placeName(released),
    how: event.mapping === null ? ', through the base that was cleared then' : '',
  };
  return { mapping, facts };
}
