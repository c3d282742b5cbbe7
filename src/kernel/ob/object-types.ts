/** Object types: what IoFileObjectType and its kin point at, and by which name an object's kind goes. */
import { UNICODE_STRING, utf16Bytes } from '../../layout/nt.ts';
import { type Va, vaAdd } from '../../units/address.ts';
import { allocateForKernel } from '../ex/pool.ts';
import { type Kernel, part } from '../kernel.ts';

/** Opaque to drivers but for the name, which has been at offset 0x10 since Windows Vista. */
const OBJECT_TYPE_BYTES = 0xd8;
const NAME_OFFSET = 0x10;

export type ObjectTypeName =
  | 'Adapter'
  | 'Controller'
  | 'Desktop'
  | 'Device'
  | 'Directory'
  | 'Driver'
  | 'Event'
  | 'File'
  | 'Key'
  | 'Mutant'
  | 'Process'
  | 'Section'
  | 'Semaphore'
  | 'SymbolicLink'
  | 'Thread'
  | 'Timer'
  | 'Token';

/** Types by name, made when first asked for. */
const types = part(() => new Map<ObjectTypeName, Va>());

export function objectType(kernel: Kernel, name: ObjectTypeName): Va {
  const known = types(kernel).get(name);
  if (known !== undefined) return known;
  const at = allocateForKernel(kernel, OBJECT_TYPE_BYTES, 'ObjT');
  const text = utf16Bytes(name);
  const buffer = allocateForKernel(kernel, text.length, 'ObNm');
  kernel.mmu.writeBytes(buffer, text);
  const string = UNICODE_STRING.at(kernel.mmu, vaAdd(at, NAME_OFFSET));
  string.Length = text.length;
  string.MaximumLength = text.length;
  string.Buffer = buffer;
  types(kernel).set(name, at);
  return at;
}
