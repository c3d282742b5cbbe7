/** NdisGeneratePartialCancelId: high-order bytes that keep the cancellation IDs of drivers apart. */
import { part } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { ndisService } from './ndis-service.ts';

const given = part(() => ({ last: 0 }));
const BYTES = 0x100;

const NdisGeneratePartialCancelId = ndisService({
  name: 'NdisGeneratePartialCancelId',
  params: {},
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run(kernel) {
    const ids = given(kernel);
    ids.last = (ids.last + 1) % BYTES;
    return ids.last;
  },
});

export const cancelIdServices: readonly Service[] = [NdisGeneratePartialCancelId];
