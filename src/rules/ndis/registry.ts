/** Rules of NDIS miniports, by id. */
import type { Rule } from '../rule.ts';
import { ndisAccFamily } from './ndis-acc-family.ts';
import { ndisAccIsrOrder } from './ndis-acc-isr-order.ts';
import { ndisAccMemfn } from './ndis-acc-memfn.ts';
import { ndisAccRange } from './ndis-acc-range.ts';
import { ndisAccSurprise } from './ndis-acc-surprise.ts';
import { ndisHaltAfterInitOk } from './ndis-halt-after-init-ok.ts';
import { ndisMapAfterAttr } from './ndis-map-after-attr.ts';
import { ndisMapBusrel } from './ndis-map-busrel.ts';
import { ndisMapErrlog } from './ndis-map-errlog.ts';
import { ndisMapFailUnwind } from './ndis-map-fail-unwind.ts';
import { ndisMapHandle } from './ndis-map-handle.ts';
import { ndisMapInitOnly } from './ndis-map-init-only.ts';
import { ndisMapIrql } from './ndis-map-irql.ts';
import { ndisMapNotRam } from './ndis-map-not-ram.ts';
import { ndisMapStatus } from './ndis-map-status.ts';
import { ndisNoMm } from './ndis-no-mm.ts';
import { ndisPortAfterDereg } from './ndis-port-after-dereg.ts';
import { ndisPortDeregExact } from './ndis-port-dereg-exact.ts';
import { ndisPortDeregPlace } from './ndis-port-dereg-place.ts';
import { ndisPortFail } from './ndis-port-fail.ts';
import { ndisPortImmediate } from './ndis-port-immediate.ts';
import { ndisPortRegisterPlace } from './ndis-port-register-place.ts';
import { ndisShutdownNested } from './ndis-shutdown-nested.ts';
import { ndisShutdownNofree } from './ndis-shutdown-nofree.ts';
import { ndisUnmapBase } from './ndis-unmap-base.ts';
import { ndisUnmapHalt } from './ndis-unmap-halt.ts';
import { ndisUnmapLength } from './ndis-unmap-length.ts';
import { ndisUnmapOnce } from './ndis-unmap-once.ts';
import { ndisUnmapPlace } from './ndis-unmap-place.ts';
import { ndisUnmapReverse } from './ndis-unmap-reverse.ts';

export const ndisRules: readonly Rule[] = [
  ndisAccFamily,
  ndisAccIsrOrder,
  ndisAccMemfn,
  ndisAccRange,
  ndisAccSurprise,
  ndisHaltAfterInitOk,
  ndisMapAfterAttr,
  ndisMapBusrel,
  ndisMapErrlog,
  ndisMapFailUnwind,
  ndisMapHandle,
  ndisMapInitOnly,
  ndisMapIrql,
  ndisMapNotRam,
  ndisMapStatus,
  ndisNoMm,
  ndisPortAfterDereg,
  ndisPortDeregExact,
  ndisPortDeregPlace,
  ndisPortFail,
  ndisPortImmediate,
  ndisPortRegisterPlace,
  ndisShutdownNested,
  ndisShutdownNofree,
  ndisUnmapBase,
  ndisUnmapHalt,
  ndisUnmapLength,
  ndisUnmapOnce,
  ndisUnmapPlace,
  ndisUnmapReverse,
];
