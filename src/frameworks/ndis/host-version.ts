/** Which NDIS this is: that of Windows 10 22H2, or the newest for a driver that no older one would load. */
import { type Kernel, part } from '../../kernel/kernel.ts';
import { HOST_VERSION, NEWEST_MINOR } from './constants.ts';

const host = part((): { minor: number } => ({ minor: HOST_VERSION.minor }));

/** What ndis.sys exports since 6.85 (ndis/poll.h of WDK 10.0.22621). */
const SINCE_685: ReadonlySet<string | undefined> = new Set([
  'NdisDeregisterPoll',
  'NdisRegisterPoll',
  'NdisRequestPoll',
  'NdisSetPollAffinity',
]);

/** Tells NDIS what the driver's image needs before anything of it runs. */
export function suitNdis(
  kernel: Kernel,
  imports: readonly { readonly name?: string | undefined }[],
): void {
  if (imports.some(({ name }) => SINCE_685.has(name))) host(kernel).minor = NEWEST_MINOR;
}

/** As NdisGetVersion gives it: the major number in the upper half, the minor in decimal below. */
export const hostVersion = (kernel: Kernel): number =>
  HOST_VERSION.major * 0x1_0000 + host(kernel).minor;
