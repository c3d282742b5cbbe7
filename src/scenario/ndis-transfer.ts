/** Frames through an adapter with a link: those its miniport is given to send, and those the link brings. */
import type { AttachedLink } from '../devices/net/link.ts';
import type { Adapter } from '../frameworks/ndis/adapter.ts';
import { models } from '../frameworks/ndis/models.ts';
import type { SendRound } from '../frameworks/ndis/send-round.ts';
import type { Blocking } from '../kernel/effects.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { isSuccess, type NtStatus } from '../units/status.ts';
import { within } from './ndis-wait.ts';

/** Virtual milliseconds until a link that is coming up is up, and until frames under way have arrived. */
const LINK_PATIENCE_MS = 5000;
const FRAME_PATIENCE_MS = 100;

/** Until the miniport says that the link is up; nothing to wait for without a cable. */
export function* untilLinkUp(adapter: Adapter, link: AttachedLink | undefined): Blocking<void> {
  yield* within(link?.up ? LINK_PATIENCE_MS : 0, () => adapter.linkUp);
}

export interface SentRound {
  /** What the miniport completed each list with. */
  readonly statuses: readonly NtStatus[];
  /** What the card put on the link meanwhile. */
  readonly onLink: readonly Uint8Array[];
}

/** A round of sends; frames completed with success get a while to appear on the link. */
export function* sendRound(
  kernel: Kernel,
  adapter: Adapter,
  link: AttachedLink,
  round: SendRound,
): Blocking<SentRound> {
  const seen = link.sentFrames.length;
  const statuses = yield* models(adapter).send(kernel, adapter, round);
  const expected = round.lists.flatMap((frames, i) => (isSent(statuses[i]) ? frames : []));
  yield* within(FRAME_PATIENCE_MS, () => link.sentFrames.length >= seen + expected.length);
  return { statuses, onLink: link.sentFrames.slice(seen) };
}

export const isSent = (status: NtStatus | undefined): boolean =>
  status !== undefined && isSuccess(status);

/** What the miniport indicates when the link brings the frames, once those under way have arrived. */
export function* receiveFrames(
  kernel: Kernel,
  adapter: Adapter,
  link: AttachedLink,
  frames: readonly Uint8Array[],
): Blocking<readonly Uint8Array[]> {
  yield* within(FRAME_PATIENCE_MS, () => false);
  const seen = adapter.indicated.length;
  for (const frame of frames) {
    const { subject } = adapter;
    kernel.emit({ kind: 'frame', what: 'inject', subject, length: frame.length, status: null });
    link.injectFrame(frame);
  }
  yield* within(FRAME_PATIENCE_MS, () => adapter.indicated.length >= seen + frames.length);
  return adapter.indicated.slice(seen).map(({ bytes }) => bytes);
}
