/** Every service of the mm family. */
import { ioSpaceServices } from './io-space.ts';

export const mmServices = [...ioSpaceServices];
