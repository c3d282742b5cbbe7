/** NDIS-SHUTDOWN-NOFREE: MiniportShutdownEx releases something, or calls what a bug check does not allow. */
import type { EventOf } from '../../events/event.ts';
import { HIGH_LEVEL, irqlName, PASSIVE_LEVEL } from '../../units/irql.ts';
import { rule } from '../rule.ts';
import { naming } from '../words.ts';
import type { World } from '../world.ts';
import { isNested } from './access-fault.ts';
import { unmapFault } from './call-fault.ts';
import { adapterOf } from './observe.ts';
import { isShutdown } from './world.ts';

const ID = 'NDIS-SHUTDOWN-NOFREE';

export const ndisShutdownNofree = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  fault: 'release',
  summary:
    'MiniportShutdownEx releases no mapping; called for a bug check it calls only NDIS functions that any IRQL allows.',
  message: 'MiniportShutdownEx {deed}.',
  why: 'A bug check calls it at HIGH_LEVEL with the rest of the system standing still: a lock that is held stays held, and memory that is released may be what the crash dump needs. The routine has to return quickly, with the hardware quiet.',
  fix: 'Write the registers that stop interrupts and DMA, and return. The system does not run on, so that nothing needs to be released.',
  limits:
    'The function page forbids releasing at a bug check and does not encourage it at power-off, the guide forbids it always; NdisMUnmapIoSpace itself admits two other routines only. Releasing mappings is therefore reported for both, other NDIS calls for a bug check alone.',
  doc: 'ndis/nc-ndis-miniport_shutdown',
  sources: [
    'ndis/nc-ndis-miniport_shutdown',
    'network/miniport-adapter-shutdown',
    'ndis/nf-ndis-ndismunmapiospace',
  ],
  bad: `VOID MiniportShutdownEx(NDIS_HANDLE Context, NDIS_SHUTDOWN_ACTION Action) {
    ReleaseAdapter(adapter);`,
  good: `VOID MiniportShutdownEx(NDIS_HANDLE Context, NDIS_SHUTDOWN_ACTION Action) {
    NdisWriteRegisterUlong(&adapter->Regs->InterruptMask, 0);`,
  on: {
    unmap(event, report, _state, { world }) {
      if (unmapFault(event, world) !== ID) return;
      const { mapping, service } = event;
      const what = mapping === null ? 'something' : naming(mapping);
      report(event, { deed: `released ${what} with ${service}` }, { mapping });
    },
    'service-enter'(event, report, _state, { world }) {
      const { service, maxIrql } = event;
      if (maxIrql === null || maxIrql === HIGH_LEVEL || RELEASES.has(service)) return;
      if (!isForBugCheck(event, world)) return;
      const deed = `called ${service}, which is for ${irqlName(maxIrql)} at most, for a bug check`;
      report(event, { deed });
    },
  },
});

/** They are told as `unmap`. */
const RELEASES = new Set(['NdisMUnmapIoSpace', 'NdisMDeregisterIoPortRange']);

function isForBugCheck(event: EventOf<'service-enter'>, world: World): boolean {
  if (event.dll !== 'ndis.sys' || !isShutdown(event.callback) || isNested(event, world))
    return false;
  const reason = adapterOf(world, event.device)?.reason ?? null;
  return reason === null ? event.irql > PASSIVE_LEVEL : reason === 'NdisShutdownBugCheck';
}
