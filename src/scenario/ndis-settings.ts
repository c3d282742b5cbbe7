/** Settings of the adapter itself that an administrator may change: how the link is negotiated, whether interrupts wait for each other. */
import type { Adapter } from '../frameworks/ndis/adapter.ts';
import { models } from '../frameworks/ndis/models.ts';
import { OBJECT } from '../frameworks/ndis/object-header.ts';
import { LINK_PARAMETERS, MODERATION } from '../frameworks/ndis/offload-layout.ts';
import { OID } from '../frameworks/ndis/oids.ts';
import { structureBytes } from '../frameworks/ndis/structure-bytes.ts';
import type { Blocking } from '../kernel/effects.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { isSuccess } from '../units/status.ts';
import { supports } from './ndis-oids.ts';

/** NET_IF_MEDIA_DUPLEX_STATE. */
const FULL_DUPLEX = 2;
/** NDIS_LINK_STATE_xxx_AUTO_NEGOTIATED: both speeds, duplex and pause frames. */
const ALL_NEGOTIATED = 0xf;
/** NDIS_INTERRUPT_MODERATION. */
const [ENABLED, DISABLED] = [2, 3];

export function* changeSettings(kernel: Kernel, adapter: Adapter): Blocking<void> {
  if (adapter.driver.model !== 'ndis6') return;
  if (supports(adapter, OID.GEN_LINK_PARAMETERS)) yield* negotiate(kernel, adapter);
  if (supports(adapter, OID.GEN_INTERRUPT_MODERATION)) yield* moderate(kernel, adapter);
}

/** Everything is to be negotiated, as it is from the beginning. */
function* negotiate(kernel: Kernel, adapter: Adapter): Blocking<void> {
  const header = { type: OBJECT.DEFAULT, revision: 1, size: LINK_PARAMETERS.bytes };
  const { maxLinkSpeed = 0n, pauseFunctions = 0 } = adapter.general ?? {};
  const value = structureBytes(kernel, LINK_PARAMETERS, header, (view) => {
    view.MediaDuplexState = FULL_DUPLEX;
    view.XmitLinkSpeed = maxLinkSpeed;
    view.RcvLinkSpeed = maxLinkSpeed;
    view.PauseFunctions = pauseFunctions;
    view.AutoNegotiationFlags = ALL_NEGOTIATED;
  });
  yield* models(adapter).set(kernel, adapter, OID.GEN_LINK_PARAMETERS, value);
}

/** Asked, and where the answer is on or off, switched and switched back. */
function* moderate(kernel: Kernel, adapter: Adapter): Blocking<void> {
  const model = models(adapter);
  const oid = OID.GEN_INTERRUPT_MODERATION;
  const { status, bytes } = yield* model.query(kernel, adapter, oid, MODERATION.bytes);
  const now = bytes[MODERATION.offsetOf('InterruptModeration')] ?? 0;
  if (!isSuccess(status) || (now !== ENABLED && now !== DISABLED)) return;
  const header = { type: OBJECT.DEFAULT, revision: 1, size: MODERATION.bytes };
  for (const next of [ENABLED + DISABLED - now, now]) {
    const value = structureBytes(kernel, MODERATION, header, (view) => {
      view.InterruptModeration = next;
    });
    const answer = yield* model.set(kernel, adapter, oid, value);
    if (!isSuccess(answer.status)) return;
  }
}
