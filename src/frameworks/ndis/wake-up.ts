/** What wakes an adapter that sleeps: all that protocols asked for, in one request before the sleep. */
import type { Blocking } from '../../kernel/effects.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Adapter } from './adapter.ts';
import { isAtLeast } from './miniport-driver.ts';
import { models } from './models.ts';
import { OBJECT } from './object-header.ts';
import { PM_PARAMETERS, PM_PARAMETERS_BYTES } from './offload-layout.ts';
import { OID } from './oids.ts';
import { structureBytes } from './structure-bytes.ts';

/** NDIS_PM_WOL_MAGIC_PACKET_xxx; other patterns need somebody to add them first. */
const MAGIC_PACKET = 0x2;
/** NDIS_PM_WAKE_ON_MEDIA_CONNECT_SUPPORTED and _DISCONNECT_SUPPORTED, which the flags that enable them equal. */
const MEDIA_EVENTS = 0x1 | 0x2;
/** NDIS_PM_WAKE_ON_LINK_CHANGE_ENABLED. */
const LINK_CHANGE = 0x1;

/** Nothing where the miniport has nothing that could wake it. */
export function* enableWakeUp(kernel: Kernel, adapter: Adapter): Blocking<void> {
  const wakeUp = adapter.general?.wakeUp ?? null;
  if (wakeUp === null) return;
  const patterns = wakeUp.patterns & MAGIC_PACKET;
  const flags = (wakeUp.events & MEDIA_EVENTS) | (wakeUp.linkChange === 0 ? 0 : LINK_CHANGE);
  if (patterns === 0 && flags === 0) return;
  const isSecond = isAtLeast(adapter.driver, 6, 30);
  const size = PM_PARAMETERS_BYTES[isSecond ? 1 : 0];
  const header = { type: OBJECT.DEFAULT, revision: isSecond ? 2 : 1, size };
  const value = structureBytes(kernel, PM_PARAMETERS, header, (view) => {
    view.EnabledWoLPacketPatterns = patterns;
    view.WakeUpFlags = flags;
  });
  yield* models(adapter).set(kernel, adapter, OID.PM_PARAMETERS, value.subarray(0, size));
}
