/** RTL_REGISTRY_ roots, and the key that RelativeTo and Path name together. */
import { readUtf16z } from '../../layout/nt.ts';
import { NULL, type Va } from '../../units/address.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { createLocated, isStatus, keyOf, locateAbsolute, openLocated } from '../zw/key-handles.ts';
import type { RegistryKey } from '../zw/registry-key.ts';

const HANDLE = 0x4000_0000;
export const OPTIONAL = 0x8000_0000;
/** By RelativeTo: absolute, services, control, Windows NT, device map, user (wdm.h). */
const ROOTS = [
  '',
  '\\Registry\\Machine\\System\\CurrentControlSet\\Services',
  '\\Registry\\Machine\\System\\CurrentControlSet\\Control',
  '\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion',
  '\\Registry\\Machine\\Hardware\\DeviceMap',
  '\\Registry\\User\\.Default',
];

/** Opens the key, or makes its last component when `create` says so. */
export function relativeKey(
  kernel: Kernel,
  relativeTo: number,
  path: Va,
  create: boolean,
): RegistryKey | NtStatus {
  if ((relativeTo & HANDLE) !== 0) return keyOf(kernel, path);
  const root = ROOTS[relativeTo & 0x3fff_ffff];
  if (root === undefined) return STATUS.INVALID_PARAMETER;
  const name = path === NULL ? '' : readUtf16z(kernel.mmu, path);
  const full = root === '' || name === '' ? root + name : `${root}\\${name}`;
  const place = locateAbsolute(kernel, full);
  if (isStatus(place)) return place;
  if (!create) return openLocated(place);
  const created = createLocated(kernel, place, false);
  return isStatus(created) ? created : created.key;
}
