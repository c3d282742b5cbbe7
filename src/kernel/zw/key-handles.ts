/** Handles to registry keys, and how OBJECT_ATTRIBUTES lead to a key. */
import { readUnicodeString } from '../../layout/nt.ts';
import { NULL, type Va } from '../../units/address.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { type HandleObject, handles } from '../ob/handles.ts';
import { OBJECT_ATTRIBUTES } from '../ob/object-attributes.ts';
import { descend, registry } from './registry.ts';
import { componentsOf, type RegistryKey } from './registry-key.ts';

export interface KeyHandle extends HandleObject {
  readonly type: 'key';
  readonly key: RegistryKey;
}

const isKey = (object: HandleObject): object is KeyHandle => object.type === 'key';

export const openKeyHandle = (kernel: Kernel, key: RegistryKey): bigint => {
  const object: KeyHandle = { type: 'key', key };
  return handles(kernel).open(object);
};

/** The key behind a handle, or why there is none. */
export function keyOf(kernel: Kernel, handle: bigint): RegistryKey | NtStatus {
  const object = handles(kernel).get(handle);
  if (object === undefined) return STATUS.INVALID_HANDLE;
  if (!isKey(object)) return STATUS.OBJECT_TYPE_MISMATCH;
  return object.key.deleted ? STATUS.KEY_DELETED : object.key;
}

export const isStatus = (found: unknown): found is NtStatus => typeof found === 'number';

/** Where a name starts and what components it has. */
interface Located {
  readonly from: RegistryKey;
  readonly names: readonly string[];
}

export function locate(kernel: Kernel, attributes: Va): Located | NtStatus {
  const { Length, RootDirectory, ObjectName } = OBJECT_ATTRIBUTES.at(kernel.mmu, attributes);
  if (Length !== OBJECT_ATTRIBUTES.bytes) return STATUS.INVALID_PARAMETER;
  const name = ObjectName === NULL ? '' : readUnicodeString(kernel.mmu, ObjectName);
  if (RootDirectory === 0n) return locateAbsolute(kernel, name);
  const from = keyOf(kernel, RootDirectory);
  if (isStatus(from)) return from;
  if (name.startsWith('\\')) return STATUS.OBJECT_PATH_SYNTAX_BAD;
  return { from, names: componentsOf(name) };
}

export function locateAbsolute(kernel: Kernel, path: string): Located | NtStatus {
  if (!path.startsWith('\\')) return STATUS.OBJECT_PATH_SYNTAX_BAD;
  const [first, ...names] = componentsOf(path);
  const root = registry(kernel).find(`\\${first}`);
  return root === undefined ? STATUS.OBJECT_NAME_NOT_FOUND : { from: root, names };
}

export function openLocated({ from, names }: Located): RegistryKey | NtStatus {
  return descend(from, names) ?? STATUS.OBJECT_NAME_NOT_FOUND;
}

export interface Created {
  readonly key: RegistryKey;
  readonly isNew: boolean;
}

/** Opens the key, or makes it when only its last component is missing. */
export function createLocated(
  kernel: Kernel,
  { from, names }: Located,
  isVolatile: boolean,
): Created | NtStatus {
  const found = descend(from, names);
  if (found !== undefined) return { key: found, isNew: false };
  const parent = descend(from, names.slice(0, -1));
  const name = names.at(-1);
  if (parent === undefined || name === undefined) return STATUS.OBJECT_NAME_NOT_FOUND;
  if (parent.volatile && !isVolatile) return STATUS.CHILD_MUST_BE_VOLATILE;
  return { key: parent.ensure(name, registry(kernel).now, isVolatile), isNew: true };
}
