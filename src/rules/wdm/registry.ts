/** Rules of WDM and of the mapping services every kernel driver may call, by id. */
import type { Rule } from '../rule.ts';
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
