/** Frames that left or came in, held against those that should have. */
import { sameBytes } from '../devices/net/bytes.ts';
import type { Adapter } from '../frameworks/ndis/adapter.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** The routines that had the frames in hand. */
const WAYS = {
  ndis6: { send: 'MiniportSendNetBufferLists', receive: 'MiniportInterruptDPC' },
  ndis5: { send: 'MiniportSendPackets', receive: 'MiniportHandleInterrupt' },
} as const;

/** How many were seen. A frame may be followed by padding; anything else that differs is told. */
export function compareFrames(
  kernel: Kernel,
  { subject, driver }: Adapter,
  expected: readonly Uint8Array[],
  seen: readonly Uint8Array[],
  way: 'send' | 'receive',
  what = 'a frame',
): number {
  const problem = way === 'send' ? 'frame-not-sent' : 'frame-not-received';
  const left = [...seen];
  let found = 0;
  for (const frame of expected) {
    const index = left.findIndex((other) => sameBytes(other.subarray(0, frame.length), frame));
    if (index >= 0) {
      left.splice(index, 1);
      found++;
      const { length } = frame;
      if (way === 'send')
        kernel.emit({ kind: 'frame', what: 'on-wire', subject, length, status: null });
      continue;
    }
    kernel.emit({
      kind: 'framework-misuse',
      framework: 'ndis',
      service: WAYS[driver.model][way],
      problem,
      detail: `${what} of ${frame.length} bytes, ${seen.length} of ${expected.length} seen`,
    });
  }
  return found;
}
