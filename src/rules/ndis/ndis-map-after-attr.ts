/** NDIS-MAP-AFTER-ATTR: resources claimed before the adapter is registered. */
import { rule } from '../rule.ts';
import { mapFault } from './call-fault.ts';
import { onEveryMap } from './calls.ts';
import { callFacts } from './words.ts';

export const ndisMapAfterAttr = rule({
  id: 'NDIS-MAP-AFTER-ATTR',
  severity: 'error',
  framework: 'ndis',
  summary:
    'NdisMSetMiniportAttributes with the registration attributes (NDIS 5: NdisMSetAttributesEx) precedes any mapping or port registration.',
  message: '{call} was called before the registration attributes were set.',
  why: 'Until then NDIS knows neither the adapter context nor the attributes of the adapter. The page of NDIS 5 says that the functions depending on it fail.',
  fix: 'Make NdisMSetMiniportAttributes with NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES the first call of MiniportInitializeEx that names the adapter.',
  limits: 'None known.',
  doc: 'ndis/nc-ndis-miniport_initialize',
  sources: [
    'ndis/nc-ndis-miniport_initialize',
    'ndis/nf-ndis-ndismregisterioportrange',
    'ndis/nf-ndis-ndismsetattributesex',
  ],
  bad: `status = NdisMMapIoSpace(&adapter->Regs, Handle, bar, length);
status = NdisMSetMiniportAttributes(Handle, &registration);`,
  good: `status = NdisMSetMiniportAttributes(Handle, &registration);
if (status == NDIS_STATUS_SUCCESS)
    status = NdisMMapIoSpace(&adapter->Regs, Handle, bar, length);`,
  on: onEveryMap((event, { profile }) =>
    mapFault(event, profile) === 'NDIS-MAP-AFTER-ATTR' ? callFacts(event.call) : null,
  ),
});
