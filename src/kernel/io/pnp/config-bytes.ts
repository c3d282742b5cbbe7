/** Configuration space of a function as runs of bytes, the way bus data services take it. */
import type { PciFunction } from '../../../bus/pci-function.ts';
import { CONFIG_BYTES, EXPRESS_CONFIG_BYTES } from '../../../bus/pci-spec.ts';
import type { Va } from '../../../units/address.ts';
import type { Kernel } from '../../kernel.ts';

const boundOf = (fn: PciFunction): number =>
  fn.spec.express ? EXPRESS_CONFIG_BYTES : CONFIG_BYTES;

/** Bytes that lie within configuration space. */
const within = (fn: PciFunction, offset: number, length: number): number =>
  Math.max(0, Math.min(length, boundOf(fn) - offset));

/** Copies to `buffer`; gives the number of bytes. */
export function readConfigBytes(
  kernel: Kernel,
  fn: PciFunction,
  buffer: Va,
  offset: number,
  length: number,
): number {
  const bytes = new Uint8Array(within(fn, offset, length));
  for (let i = 0; i < bytes.length; i++) bytes[i] = fn.readConfig(offset + i, 1);
  kernel.mmu.writeBytes(buffer, bytes);
  return bytes.length;
}

/** Writes by aligned doublewords where it can, so that registers act as on hardware. */
export function writeConfigBytes(
  kernel: Kernel,
  fn: PciFunction,
  buffer: Va,
  offset: number,
  length: number,
): number {
  const bytes = kernel.mmu.readBytes(buffer, within(fn, offset, length));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let done = 0; done < bytes.length; ) {
    const at = offset + done;
    const left = bytes.length - done;
    if (at % 4 === 0 && left >= 4) {
      fn.writeConfig(at, 4, view.getUint32(done, true));
      done += 4;
    } else if (at % 2 === 0 && left >= 2) {
      fn.writeConfig(at, 2, view.getUint16(done, true));
      done += 2;
    } else {
      fn.writeConfig(at, 1, view.getUint8(done));
      done += 1;
    }
  }
  return bytes.length;
}
