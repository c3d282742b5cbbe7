/** Rules of WDM and of the mapping services every kernel driver may call, by id. */
import type { Rule } from '../rule.ts';
import { mdlIo } from './mdl-io.ts';
import { mdlLeak } from './mdl-leak.ts';
import { mdlMapIrql } from './mdl-map-irql.ts';
import { mdlMapLocked } from './mdl-map-locked.ts';
import { mdlMapNobugcheck } from './mdl-map-nobugcheck.ts';
import { mdlMapObsolete } from './mdl-map-obsolete.ts';
import { mdlMapOnce } from './mdl-map-once.ts';
import { mdlMapUser } from './mdl-map-user.ts';
import { mdlReserved } from './mdl-reserved.ts';
import { mdlSafe } from './mdl-safe.ts';
import { mdlUnmapIrql } from './mdl-unmap-irql.ts';
import { mdlUnmapPair } from './mdl-unmap-pair.ts';
import { mdlUnmapProcess } from './mdl-unmap-process.ts';
import { physSectionOpen } from './phys-section-open.ts';
import { physSectionUnmap } from './phys-section-unmap.ts';
import { physSectionUser } from './phys-section-user.ts';
import { physWx } from './phys-wx.ts';
import { wdmAccAfterUnmap } from './wdm-acc-after-unmap.ts';
import { wdmAccFamily } from './wdm-acc-family.ts';
import { wdmAccRange } from './wdm-acc-range.ts';
import { wdmAccStopped } from './wdm-acc-stopped.ts';
import { wdmAccSurprise } from './wdm-acc-surprise.ts';
import { wdmCopyIo } from './wdm-copy-io.ts';
import { wdmMapAfterLower } from './wdm-map-after-lower.ts';
import { wdmMapAtStart } from './wdm-map-at-start.ts';
import { wdmMapCacheSingle } from './wdm-map-cache-single.ts';
import { wdmMapCacheValid } from './wdm-map-cache-valid.ts';
import { wdmMapIrql } from './wdm-map-irql.ts';
import { wdmMapLarge } from './wdm-map-large.ts';
import { wdmMapLengthNonzero } from './wdm-map-length-nonzero.ts';
import { wdmMapLocked } from './wdm-map-locked.ts';
import { wdmMapNull } from './wdm-map-null.ts';
import { wdmMapNx } from './wdm-map-nx.ts';
import { wdmMapTranslated } from './wdm-map-translated.ts';
import { wdmMapType } from './wdm-map-type.ts';
import { wdmMapUserAddr } from './wdm-map-user-addr.ts';
import { wdmMapWithinResource } from './wdm-map-within-resource.ts';
import { wdmMapexProtect } from './wdm-mapex-protect.ts';
import { wdmMapexRo } from './wdm-mapex-ro.ts';
import { wdmMdlIo } from './wdm-mdl-io.ts';
import { wdmRemapRestart } from './wdm-remap-restart.ts';
import { wdmRemoveNoStopDependence } from './wdm-remove-no-stop-dependence.ts';
import { wdmUnload } from './wdm-unload.ts';
import { wdmUnmapBase } from './wdm-unmap-base.ts';
import { wdmUnmapBeforeStart } from './wdm-unmap-before-start.ts';
import { wdmUnmapFailedStart } from './wdm-unmap-failed-start.ts';
import { wdmUnmapIrql } from './wdm-unmap-irql.ts';
import { wdmUnmapLength } from './wdm-unmap-length.ts';
import { wdmUnmapNotNull } from './wdm-unmap-not-null.ts';
import { wdmUnmapOnce } from './wdm-unmap-once.ts';
import { wdmUnmapRemove } from './wdm-unmap-remove.ts';
import { wdmUnmapSameDevice } from './wdm-unmap-same-device.ts';
import { wdmUnmapStop } from './wdm-unmap-stop.ts';
import { wdmUnmapSurprise } from './wdm-unmap-surprise.ts';
import { wdmUnmapSymmetry } from './wdm-unmap-symmetry.ts';
import { wdmUnmapTwin } from './wdm-unmap-twin.ts';

export const wdmRules: readonly Rule[] = [
  mdlIo,
  mdlLeak,
  mdlMapIrql,
  mdlMapLocked,
  mdlMapNobugcheck,
  mdlMapObsolete,
  mdlMapOnce,
  mdlMapUser,
  mdlReserved,
  mdlSafe,
  mdlUnmapIrql,
  mdlUnmapPair,
  mdlUnmapProcess,
  physSectionOpen,
  physSectionUnmap,
  physSectionUser,
  physWx,
  wdmAccAfterUnmap,
  wdmAccFamily,
  wdmAccRange,
  wdmAccStopped,
  wdmAccSurprise,
  wdmCopyIo,
  wdmMapAfterLower,
  wdmMapAtStart,
  wdmMapCacheSingle,
  wdmMapCacheValid,
  wdmMapIrql,
  wdmMapLarge,
  wdmMapLengthNonzero,
  wdmMapLocked,
  wdmMapNull,
  wdmMapNx,
  wdmMapTranslated,
  wdmMapType,
  wdmMapUserAddr,
  wdmMapWithinResource,
  wdmMapexProtect,
  wdmMapexRo,
  wdmMdlIo,
  wdmRemapRestart,
  wdmRemoveNoStopDependence,
  wdmUnload,
  wdmUnmapBase,
  wdmUnmapBeforeStart,
  wdmUnmapFailedStart,
  wdmUnmapIrql,
  wdmUnmapLength,
  wdmUnmapNotNull,
  wdmUnmapOnce,
  wdmUnmapRemove,
  wdmUnmapSameDevice,
  wdmUnmapStop,
  wdmUnmapSurprise,
  wdmUnmapSymmetry,
  wdmUnmapTwin,
];
