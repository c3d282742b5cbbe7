/** Objects by name and their names, handles to them, and callbacks on handle operations. */
import { readUnicodeString, UNICODE_STRING, utf16Bytes } from '../../layout/nt.ts';
import { handle, ptr, u8, u16, u32 } from '../../layout/struct.ts';
import { NULL, vaAdd } from '../../units/address.ts';
import { APC_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import { type Service, service } from '../service.ts';
import { closeHandle } from './handles.ts';
import { namespace } from './namespace.ts';
import { isOfType, nameOfObject, openHandle, typeOfObject } from './object-access.ts';
import { objectType } from './object-types.ts';
import { objects } from './objects.ts';

const ObOpenObjectByPointer = service({
  name: 'ObOpenObjectByPointer',
  doc: 'ntifs/nf-ntifs-obopenobjectbypointer',
  params: {
    Object: ptr(),
    HandleAttributes: u32,
    PassedAccessState: ptr('ACCESS_STATE'),
    DesiredAccess: u32,
    ObjectType: ptr('OBJECT_TYPE'),
    AccessMode: u8,
    Handle: ptr('HANDLE'),
  },
  returns: 'status',
  maxIrql: APC_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, args) {
    const type = typeOfObject(kernel, args.Object);
    if (type === undefined || !isOfType(kernel, type, args.ObjectType)) {
      return STATUS.OBJECT_TYPE_MISMATCH;
    }
    kernel.mmu.write(args.Handle, 8, openHandle(kernel, args.Object, type));
    return STATUS.SUCCESS;
  },
});

const ObReferenceObjectByName = service({
  name: 'ObReferenceObjectByName',
  doc: 'ntoskrnl.exe',
  params: {
    ObjectName: ptr('UNICODE_STRING'),
    Attributes: u32,
    AccessState: ptr('ACCESS_STATE'),
    DesiredAccess: u32,
    ObjectType: ptr('OBJECT_TYPE'),
    AccessMode: u8,
    ParseContext: ptr(),
    Object: ptr('PVOID'),
  },
  returns: 'status',
  run(kernel, { ObjectName, ObjectType, Object: out }) {
    const found = namespace(kernel).resolve(readUnicodeString(kernel.mmu, ObjectName));
    if (found === undefined || found.rest !== '') return STATUS.OBJECT_NAME_NOT_FOUND;
    if (found.named.kind !== 'object') return STATUS.OBJECT_TYPE_MISMATCH;
    const { at } = found.named;
    if (!isOfType(kernel, typeOfObject(kernel, at), ObjectType)) return STATUS.OBJECT_TYPE_MISMATCH;
    objects(kernel).reference(at);
    kernel.mmu.write(out, 8, at);
    return STATUS.SUCCESS;
  },
});

/** OBJECT_NAME_INFORMATION: a string whose characters follow it. */
const ObQueryNameString = service({
  name: 'ObQueryNameString',
  doc: 'ntifs/nf-ntifs-obquerynamestring',
  params: {
    Object: ptr(),
    ObjectNameInfo: ptr('OBJECT_NAME_INFORMATION'),
    Length: u32,
    ReturnLength: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run(kernel, { Object: at, ObjectNameInfo, Length, ReturnLength }) {
    const text = nameOfObject(kernel, at);
    const bytes = text === '' ? new Uint8Array(0) : utf16Bytes(`${text}\0`);
    const needed = UNICODE_STRING.bytes + bytes.length;
    kernel.mmu.write(ReturnLength, 4, BigInt(needed));
    if (Length < needed) return STATUS.INFO_LENGTH_MISMATCH;
    const string = UNICODE_STRING.at(kernel.mmu, ObjectNameInfo);
    const buffer = vaAdd(ObjectNameInfo, UNICODE_STRING.bytes);
    kernel.mmu.writeBytes(buffer, bytes);
    string.Length = Math.max(0, bytes.length - 2);
    string.MaximumLength = bytes.length;
    string.Buffer = bytes.length === 0 ? NULL : buffer;
    return STATUS.SUCCESS;
  },
});

const ObGetObjectType = service({
  name: 'ObGetObjectType',
  doc: 'ntoskrnl.exe',
  params: { Object: ptr() },
  returns: 'pointer',
  run(kernel, { Object: at }) {
    const type = typeOfObject(kernel, at);
    return type === undefined ? NULL : objectType(kernel, type);
  },
});

const ObCloseHandle = service({
  name: 'ObCloseHandle',
  doc: 'wdm/nf-wdm-obclosehandle',
  params: { Handle: handle, PreviousMode: u8 },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  *run(kernel, { Handle }) {
    return (yield* closeHandle(kernel, Handle)) ? STATUS.SUCCESS : STATUS.INVALID_HANDLE;
  },
});

const KERNEL_HANDLE_BIT = 0x8000_0000_0000_0000n;

const ObIsKernelHandle = service({
  name: 'ObIsKernelHandle',
  doc: 'ntifs/nf-ntifs-obiskernelhandle',
  params: { Handle: handle },
  returns: 'bool',
  maxIrql: APC_LEVEL,
  run: (_kernel, { Handle }) => (Handle & KERNEL_HANDLE_BIT) !== 0n,
});

/** The name goes; the object lives on by its references. */
const ObMakeTemporaryObject = service({
  name: 'ObMakeTemporaryObject',
  doc: 'ntifs/nf-ntifs-obmaketemporaryobject',
  params: { Object: ptr() },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run(kernel, { Object: at }) {
    const known = objects(kernel).get(at);
    if (known === undefined || known.name === null) return;
    namespace(kernel).remove(known.name);
    known.name = null;
  },
});

const OB_FLT_REGISTRATION_VERSION = 0x100;

/** No process opens handles to processes or threads here, so the callbacks are never due. */
const ObRegisterCallbacks = service({
  name: 'ObRegisterCallbacks',
  doc: 'wdm/nf-wdm-obregistercallbacks',
  params: { CallbackRegistration: ptr('OB_CALLBACK_REGISTRATION'), RegistrationHandle: ptr() },
  returns: 'status',
  maxIrql: APC_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, { CallbackRegistration, RegistrationHandle }) {
    const version = u16.read(kernel.mmu, CallbackRegistration, 'x64');
    if (version !== OB_FLT_REGISTRATION_VERSION) return STATUS.INVALID_PARAMETER;
    kernel.mmu.write(RegistrationHandle, 8, allocateForKernel(kernel, 16, 'ObCb'));
    return STATUS.SUCCESS;
  },
});

const ObUnRegisterCallbacks = service({
  name: 'ObUnRegisterCallbacks',
  doc: 'wdm/nf-wdm-obunregistercallbacks',
  params: { RegistrationHandle: ptr() },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run(kernel, { RegistrationHandle }) {
    pool(kernel).free(RegistrationHandle);
  },
});

const ObGetFilterVersion = service({
  name: 'ObGetFilterVersion',
  doc: 'wdm.h',
  params: {},
  returns: 'u32',
  run: () => OB_FLT_REGISTRATION_VERSION,
});

export const objectServices: readonly Service[] = [
  ObOpenObjectByPointer,
  ObReferenceObjectByName,
  ObQueryNameString,
  ObGetObjectType,
  ObCloseHandle,
  ObIsKernelHandle,
  ObMakeTemporaryObject,
  ObRegisterCallbacks,
  ObUnRegisterCallbacks,
  ObGetFilterVersion,
];
