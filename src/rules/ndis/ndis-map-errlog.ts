/** NDIS-MAP-ERRLOG: an adapter gives up for want of resources without saying so. */
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { rule } from '../rule.ts';
import { placeName } from '../words.ts';
import { adapterOf, endsOwnership } from './observe.ts';
import { callFacts, NOWHERE } from './words.ts';
import { isInitialize } from './world.ts';

export const ndisMapErrlog = rule({
  id: 'NDIS-MAP-ERRLOG',
  severity: 'advice',
  framework: 'ndis',
  summary:
    'A driver that fails to initialize because a range could not be mapped writes an entry to the error log.',
  message: '{device}: initialization failed after {call} at {place}, and no log entry says why.',
  why: 'The only other trace is a device that does not start. NDIS itself logs NDIS_STATUS_RESOURCE_CONFLICT, not NDIS_STATUS_RESOURCES and NDIS_STATUS_FAILURE.',
  fix: 'Call NdisWriteErrorLogEntry with NDIS_ERROR_CODE_OUT_OF_RESOURCES before returning the status.',
  limits:
    'Needs a case in which the map fails. A call that fails because it was wrong in itself is reported by the rule it broke.',
  doc: 'ndis/nc-ndis-miniport_initialize',
  sources: ['ndis/nc-ndis-miniport_initialize', 'ndis/nf-ndis-ndismmapiospace'],
  bad: `status = NdisMMapIoSpace(&regs, Handle, bar, length);
if (status != NDIS_STATUS_SUCCESS) return status;`,
  good: `status = NdisMMapIoSpace(&regs, Handle, bar, length);
if (status != NDIS_STATUS_SUCCESS) {
    NdisWriteErrorLogEntry(Handle, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 1, MAP_FAILED);
    return status;
}`,
  on: {
    'callback-leave'(event, report, _state, { world }) {
      const adapter = adapterOf(world, event.subject);
      if (adapter === undefined || !isInitialize(event.routine) || !endsOwnership(event)) return;
      const [failed] = adapter.failed.filter(({ wasRight }) => wasRight);
      if (failed === undefined || adapter.hasLogged) return;
      const { call, at, status } = failed.event;
      if (status === NDIS_STATUS.RESOURCE_CONFLICT) return;
      const facts = { ...callFacts(call), device: adapter.name, place: placeName(at) };
      report(event, facts, { at: NOWHERE, bornAt: at });
    },
  },
});
