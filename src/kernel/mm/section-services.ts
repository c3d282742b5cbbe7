/** ZwCreateSection, ZwOpenSection, ZwMapViewOfSection and ZwUnmapViewOfSection. */
import { readUnicodeString } from '../../layout/nt.ts';
import { handle, ptr, sizeT, u32, u64 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { isSuccess, STATUS } from '../../units/status.ts';
import { notModelledHere } from '../end.ts';
import type { Kernel } from '../kernel.ts';
import { handles } from '../ob/handles.ts';
import { OBJECT_ATTRIBUTES } from '../ob/object-attributes.ts';
import { service } from '../service.ts';
import { isProtection } from './cache-type.ts';
import { toPhysical } from './physical-limit.ts';
import { checkProcess } from './process-handle.ts';
import { isSectionHandle, sections } from './section-objects.ts';
import { mapView, unmapView } from './section-views.ts';

const OBJ_KERNEL_HANDLE = 0x200;
const OBJ_OPENIF = 0x80;
const SEC_IMAGE = 0x100_0000;

interface Naming {
  readonly name: string | null;
  readonly attributes: number;
}

function readNaming(kernel: Kernel, at: Va): Naming {
  if (at === NULL) return { name: null, attributes: 0 };
  const { ObjectName, Attributes } = OBJECT_ATTRIBUTES.at(kernel.mmu, at);
  const name = readUnicodeString(kernel.mmu, ObjectName);
  return { name: name === '' ? null : name, attributes: Attributes };
}

const isKernelHandle = ({ attributes }: Naming): boolean => (attributes & OBJ_KERNEL_HANDLE) !== 0;

const ZwOpenSection = service({
  name: 'ZwOpenSection',
  doc: 'wdm/nf-wdm-zwopensection',
  params: {
    SectionHandle: ptr('HANDLE'),
    DesiredAccess: u32,
    ObjectAttributes: ptr('OBJECT_ATTRIBUTES'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.OBJECT_NAME_NOT_FOUND],
  run(kernel, { SectionHandle, ObjectAttributes }) {
    const naming = readNaming(kernel, ObjectAttributes);
    if (naming.name === null) return STATUS.OBJECT_PATH_SYNTAX_BAD;
    const section = sections(kernel).named(naming.name);
    if (section === undefined) return STATUS.OBJECT_NAME_NOT_FOUND;
    kernel.mmu.write(SectionHandle, 8, sections(kernel).open(section, isKernelHandle(naming)));
    return STATUS.SUCCESS;
  },
});

const ZwCreateSection = service({
  name: 'ZwCreateSection',
  doc: 'wdm/nf-wdm-zwcreatesection',
  params: {
    SectionHandle: ptr('HANDLE'),
    DesiredAccess: u32,
    ObjectAttributes: ptr('OBJECT_ATTRIBUTES'),
    MaximumSize: ptr('LARGE_INTEGER'),
    SectionPageProtection: u32,
    AllocationAttributes: u32,
    FileHandle: handle,
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, args) {
    if (args.FileHandle !== 0n) notModelledHere('ZwCreateSection of a file');
    if ((args.AllocationAttributes & SEC_IMAGE) !== 0) return STATUS.INVALID_FILE_FOR_SECTION;
    if (!isProtection(args.SectionPageProtection)) return STATUS.INVALID_PAGE_PROTECTION;
    const bytes = args.MaximumSize === NULL ? 0 : toPhysical(kernel.mmu.u64(args.MaximumSize));
    if (bytes === 0) return STATUS.INVALID_PARAMETER_4;
    const naming = readNaming(kernel, args.ObjectAttributes);
    const known = naming.name === null ? undefined : sections(kernel).named(naming.name);
    if (known !== undefined && (naming.attributes & OBJ_OPENIF) === 0) {
      return STATUS.OBJECT_NAME_COLLISION;
    }
    const section =
      known ?? sections(kernel).create(naming.name, bytes, args.SectionPageProtection);
    if (section === undefined) return STATUS.INSUFFICIENT_RESOURCES;
    const opened = sections(kernel).open(section, isKernelHandle(naming));
    kernel.mmu.write(args.SectionHandle, 8, opened);
    return known === undefined ? STATUS.SUCCESS : STATUS.OBJECT_NAME_EXISTS;
  },
});

/** SECTION_INHERIT */
const ViewShare = 1;
const ViewUnmap = 2;
const MAX_ZERO_BITS = 21n;

const ZwMapViewOfSection = service({
  name: 'ZwMapViewOfSection',
  doc: 'wdm/nf-wdm-zwmapviewofsection',
  params: {
    SectionHandle: handle,
    ProcessHandle: handle,
    BaseAddress: ptr('PVOID'),
    ZeroBits: u64,
    CommitSize: sizeT,
    SectionOffset: ptr('LARGE_INTEGER'),
    ViewSize: ptr('SIZE_T'),
    InheritDisposition: u32,
    AllocationType: u32,
    Win32Protect: u32,
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.CONFLICTING_ADDRESSES, STATUS.NO_MEMORY],
  run(kernel, args) {
    const object = handles(kernel).get(args.SectionHandle);
    if (object === undefined) return STATUS.INVALID_HANDLE;
    if (!isSectionHandle(object)) return STATUS.OBJECT_TYPE_MISMATCH;
    const process = checkProcess(kernel, args.ProcessHandle);
    if (!isSuccess(process)) return process;
    if (args.ZeroBits > MAX_ZERO_BITS) return STATUS.INVALID_PARAMETER_4;
    if (args.InheritDisposition !== ViewShare && args.InheritDisposition !== ViewUnmap) {
      return STATUS.INVALID_PARAMETER_8;
    }
    const { SectionOffset, BaseAddress, ViewSize } = args;
    const view = mapView(kernel, object, {
      base: kernel.mmu.pointer(BaseAddress),
      offset: SectionOffset === NULL ? 0n : kernel.mmu.u64(SectionOffset),
      size: kernel.mmu.u64(ViewSize),
      protect: args.Win32Protect,
    });
    if (typeof view === 'number') return view;
    kernel.mmu.write(BaseAddress, 8, view.base);
    kernel.mmu.write(ViewSize, 8, BigInt(view.bytes));
    if (SectionOffset !== NULL) kernel.mmu.write(SectionOffset, 8, BigInt(view.offset));
    return STATUS.SUCCESS;
  },
});

const ZwUnmapViewOfSection = service({
  name: 'ZwUnmapViewOfSection',
  doc: 'wdm/nf-wdm-zwunmapviewofsection',
  params: { ProcessHandle: handle, BaseAddress: ptr() },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { ProcessHandle, BaseAddress }) {
    const process = checkProcess(kernel, ProcessHandle);
    return isSuccess(process) ? unmapView(kernel, BaseAddress) : process;
  },
});

export const sectionServices = [
  ZwOpenSection,
  ZwCreateSection,
  ZwMapViewOfSection,
  ZwUnmapViewOfSection,
];
