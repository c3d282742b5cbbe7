/** References to objects: ObReferenceObjectByHandle, ObfDereferenceObject and their kin. */
import { poolTag } from '../../layout/named.ts';
import { handle, ptr, u8, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { notModelledHere } from '../end.ts';
import { queueWork } from '../ex/work-item.ts';
import type { Kernel } from '../kernel.ts';
import { alias, type Service, service } from '../service.ts';
import { isOfType, objectByHandle, typeOfObject } from './object-access.ts';
import { dereference, objects } from './objects.ts';

interface ByHandle {
  readonly Handle: bigint;
  readonly ObjectType: Va;
  readonly AccessMode: number;
  readonly Object: Va;
  readonly HandleInformation: Va;
}

const GRANTED_ACCESS_ALL = 0x001f_03ffn;

function referenceByHandle(kernel: Kernel, args: ByHandle): number {
  const found = objectByHandle(kernel, args.Handle, args.AccessMode);
  kernel.mmu.write(args.Object, 8, NULL);
  if (found === undefined) return notModelledHere('a reference to an object that is only a handle');
  if (typeof found === 'number') return found;
  if (!isOfType(kernel, found.type, args.ObjectType)) return STATUS.OBJECT_TYPE_MISMATCH;
  objects(kernel).reference(found.at);
  kernel.mmu.write(args.Object, 8, found.at);
  if (args.HandleInformation !== NULL) {
    kernel.mmu.write(args.HandleInformation, 4, 0n);
    kernel.mmu.write(vaAdd(args.HandleInformation, 4), 4, GRANTED_ACCESS_ALL);
  }
  return STATUS.SUCCESS;
}

const ObReferenceObjectByHandle = service({
  name: 'ObReferenceObjectByHandle',
  doc: 'wdm/nf-wdm-obreferenceobjectbyhandle',
  params: {
    Handle: handle,
    DesiredAccess: u32,
    ObjectType: ptr('OBJECT_TYPE'),
    AccessMode: u8,
    Object: ptr('PVOID'),
    HandleInformation: ptr('OBJECT_HANDLE_INFORMATION'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: referenceByHandle,
});

const ObReferenceObjectByHandleWithTag = service({
  name: 'ObReferenceObjectByHandleWithTag',
  doc: 'wdm/nf-wdm-obreferenceobjectbyhandlewithtag',
  params: {
    Handle: handle,
    DesiredAccess: u32,
    ObjectType: ptr('OBJECT_TYPE'),
    AccessMode: u8,
    Tag: poolTag,
    Object: ptr('PVOID'),
    HandleInformation: ptr('OBJECT_HANDLE_INFORMATION'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: referenceByHandle,
});

function referenceByPointer(kernel: Kernel, at: Va, type: Va): number {
  if (!isOfType(kernel, typeOfObject(kernel, at), type)) return STATUS.OBJECT_TYPE_MISMATCH;
  objects(kernel).reference(at);
  return STATUS.SUCCESS;
}

const ObReferenceObjectByPointer = service({
  name: 'ObReferenceObjectByPointer',
  doc: 'wdm/nf-wdm-obreferenceobjectbypointer',
  params: { Object: ptr(), DesiredAccess: u32, ObjectType: ptr('OBJECT_TYPE'), AccessMode: u8 },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Object: at, ObjectType }) => referenceByPointer(kernel, at, ObjectType),
});

const ObReferenceObjectByPointerWithTag = service({
  name: 'ObReferenceObjectByPointerWithTag',
  doc: 'wdm/nf-wdm-obreferenceobjectbypointerwithtag',
  params: {
    Object: ptr(),
    DesiredAccess: u32,
    ObjectType: ptr('OBJECT_TYPE'),
    AccessMode: u8,
    Tag: poolTag,
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Object: at, ObjectType }) => referenceByPointer(kernel, at, ObjectType),
});

const ObfReferenceObject = service({
  name: 'ObfReferenceObject',
  doc: 'wdm/nf-wdm-obfreferenceobject',
  params: { Object: ptr() },
  returns: 'u64',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Object: at }) => objects(kernel).reference(at),
});

const ObfReferenceObjectWithTag = service({
  name: 'ObfReferenceObjectWithTag',
  doc: 'wdm/nf-wdm-obreferenceobjectwithtag',
  params: { Object: ptr(), Tag: poolTag },
  returns: 'u64',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Object: at }) => objects(kernel).reference(at),
});

const ObReferenceObjectSafe = service({
  name: 'ObReferenceObjectSafe',
  doc: 'wdm/nf-wdm-obreferenceobjectsafe',
  params: { Object: ptr() },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Object: at }) => objects(kernel).reference(at) > 1,
});

const ObfDereferenceObject = service({
  name: 'ObfDereferenceObject',
  doc: 'wdm/nf-wdm-obdereferenceobject',
  params: { Object: ptr() },
  returns: 'u64',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { Object: at }) {
    return yield* dereference(kernel, at);
  },
});

const ObfDereferenceObjectWithTag = service({
  name: 'ObfDereferenceObjectWithTag',
  doc: 'wdm/nf-wdm-obdereferenceobjectwithtag',
  params: { Object: ptr(), Tag: poolTag },
  returns: 'u64',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { Object: at }) {
    return yield* dereference(kernel, at);
  },
});

function later(kernel: Kernel, at: Va): void {
  queueWork(kernel, (): Blocking<number> => dereference(kernel, at));
}

const ObDereferenceObjectDeferDelete = service({
  name: 'ObDereferenceObjectDeferDelete',
  doc: 'wdm/nf-wdm-obdereferenceobjectdeferdelete',
  params: { Object: ptr() },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Object: at }) => later(kernel, at),
});

const ObDereferenceObjectDeferDeleteWithTag = service({
  name: 'ObDereferenceObjectDeferDeleteWithTag',
  doc: 'wdm/nf-wdm-obdereferenceobjectdeferdeletewithtag',
  params: { Object: ptr(), Tag: poolTag },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Object: at }) => later(kernel, at),
});

export const referenceServices: readonly Service[] = [
  ObReferenceObjectByHandle,
  ObReferenceObjectByHandleWithTag,
  ObReferenceObjectByPointer,
  ObReferenceObjectByPointerWithTag,
  ObfReferenceObject,
  alias('ObReferenceObject', ObfReferenceObject, 'wdm/nf-wdm-obreferenceobject'),
  ObfReferenceObjectWithTag,
  alias('ObReferenceObjectWithTag', ObfReferenceObjectWithTag),
  ObReferenceObjectSafe,
  ObfDereferenceObject,
  alias('ObDereferenceObject', ObfDereferenceObject),
  ObfDereferenceObjectWithTag,
  alias('ObDereferenceObjectWithTag', ObfDereferenceObjectWithTag),
  ObDereferenceObjectDeferDelete,
  ObDereferenceObjectDeferDeleteWithTag,
];
