/** What the machine tells services about loaded images: addresses of the kernel's exports, and the images themselves. */
import type { Va } from '../units/address.ts';
import { notModelledHere } from './end.ts';
import { type Kernel, part } from './kernel.ts';

/** Guest addresses of exported services and variables by name, filled by the machine before the driver runs. */
export const exportAddresses = part(() => new Map<string, Va>());

/** Address that guest code may call or read; what no registry holds ends the run when it is needed. */
export const exportAddress = (kernel: Kernel, name: string): Va =>
  exportAddresses(kernel).get(name) ?? notModelledHere(name, 'ntoskrnl.exe');

/** An image in kernel space, in load order: ntoskrnl.exe first. */
export interface LoadedImage {
  /** Base name, such as `edu.sys`. */
  readonly name: string;
  /** As the kernel knows it, such as `\\SystemRoot\\system32\\drivers\\edu.sys`. */
  readonly path: string;
  readonly base: Va;
  readonly bytes: number;
}

export const loadedImages = part((): LoadedImage[] => []);
