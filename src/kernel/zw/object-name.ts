/** Names in OBJECT_ATTRIBUTES, made absolute. */
import { readUnicodeString } from '../../layout/nt.ts';
import { NULL, type Va } from '../../units/address.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { type HandleObject, handles } from '../ob/handles.ts';
import { OBJECT_ATTRIBUTES } from '../ob/object-attributes.ts';

/** A handle to a directory of the namespace. */
export interface DirectoryHandle extends HandleObject {
  readonly type: 'directory';
  readonly path: string;
}

const isDirectory = (object: HandleObject): object is DirectoryHandle =>
  object.type === 'directory';

/** Empty for an object without a name. */
export function objectName(kernel: Kernel, attributes: Va): string | NtStatus {
  const { Length, RootDirectory, ObjectName } = OBJECT_ATTRIBUTES.at(kernel.mmu, attributes);
  if (Length !== OBJECT_ATTRIBUTES.bytes) return STATUS.INVALID_PARAMETER;
  const name = ObjectName === NULL ? '' : readUnicodeString(kernel.mmu, ObjectName);
  if (name === '') return name;
  if (RootDirectory === 0n) return name.startsWith('\\') ? name : STATUS.OBJECT_PATH_SYNTAX_BAD;
  const root = handles(kernel).find(RootDirectory, isDirectory);
  if (root === undefined) return STATUS.INVALID_HANDLE;
  return name.startsWith('\\') ? STATUS.OBJECT_PATH_SYNTAX_BAD : `${root.path}\\${name}`;
}
