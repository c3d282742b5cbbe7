/** NDIS-PORT-FAIL: an adapter comes up although its ports could not be registered. */
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { rule } from '../rule.ts';
import { placeName } from '../words.ts';
import { adapterOf } from './observe.ts';
import { callFacts, NOWHERE } from './words.ts';
import { isInitialize } from './world.ts';

export const ndisPortFail = rule({
  id: 'NDIS-PORT-FAIL',
  severity: 'error',
  framework: 'ndis',
  summary:
    'When NdisMRegisterIoPortRange fails, MiniportInitializeEx releases what it has and fails as well.',
  message: '{device}: {routine} succeeded although {call} had failed at {place}.',
  why: 'The ports belong to somebody else then, and what the variable for the base holds is not documented: every access that follows reaches ports of another device.',
  fix: 'Test the status, release what was claimed and allocated before, and return it.',
  limits:
    'Needs a case in which the registration fails. Ranges that a failed initialization leaves behind are NDIS-MAP-FAIL-UNWIND.',
  doc: 'ndis/nf-ndis-ndismregisterioportrange',
  sources: ['ndis/nf-ndis-ndismregisterioportrange'],
  bad: `NdisMRegisterIoPortRange(&adapter->Ports, Handle, port, 0x40);
return NDIS_STATUS_SUCCESS;`,
  good: `status = NdisMRegisterIoPortRange(&adapter->Ports, Handle, port, 0x40);
if (status != NDIS_STATUS_SUCCESS) ReleaseAdapter(adapter);
return status;`,
  on: {
    'callback-leave'(event, report, _state, { world }) {
      const { routine, status } = event;
      const adapter = adapterOf(world, event.subject);
      if (adapter === undefined || !isInitialize(routine) || status !== NDIS_STATUS.SUCCESS) return;
      const failed = adapter.failed.find(({ event: { call } }) => call.origin === 'port');
      if (failed === undefined) return;
      const { call, at } = failed.event;
      const facts = { ...callFacts(call), device: adapter.name, routine, place: placeName(at) };
      report(event, facts, { at: NOWHERE, bornAt: at });
    },
  },
});
