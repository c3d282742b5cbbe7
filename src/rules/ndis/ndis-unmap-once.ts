/** NDIS-UNMAP-ONCE: an unmap of something that is not mapped any more, or never was. */
import { hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { naming, placeName } from '../words.ts';
import { unmapFault } from './call-fault.ts';

const ID = 'NDIS-UNMAP-ONCE';

export const ndisUnmapOnce = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  fault: 'release',
  summary:
    'There is one NdisMUnmapIoSpace for each NdisMMapIoSpace that succeeded, and none without.',
  message: 'NdisMUnmapIoSpace was given {base}: {lapse}.',
  why: 'After the first call the addresses may belong to somebody else, whose mapping the second takes away. A failed map leaves NULL, which is no range at all.',
  fix: 'Unmap only what is not NULL and clear the base when it is unmapped.',
  limits:
    'Inferred from the page, which says that the call releases a range mapped at initialization. No address is used again within a run, so every second unmap is seen.',
  doc: 'ndis/nf-ndis-ndismunmapiospace',
  sources: ['ndis/nf-ndis-ndismunmapiospace'],
  bad: 'NdisMUnmapIoSpace(adapter->Handle, adapter->Regs, adapter->Length);',
  good: `if (adapter->Regs != NULL) {
    NdisMUnmapIoSpace(adapter->Handle, adapter->Regs, adapter->Length);
    adapter->Regs = NULL;
}`,
  on: {
    unmap(event, report, _state, { world }) {
      if (unmapFault(event, world) !== ID) return;
      const { mapping, releasedAt, match } = event;
      const never =
        match === 'null' ? 'no map call returned that' : 'the adapter has nothing mapped';
      const lapse =
        mapping === null ? never : `${naming(mapping)} was released by ${placeName(releasedAt)}`;
      report(event, { base: hexVa(event.base), lapse }, { mapping });
    },
  },
});
