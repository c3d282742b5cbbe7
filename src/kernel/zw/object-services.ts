/** Directories and symbolic links of the namespace, processes and threads, by handle. */

import { UNICODE_STRING, utf16Bytes } from '../../layout/nt.ts';
import { handle, out, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { notModelledHere } from '../end.ts';
import { KTHREAD } from '../ke/layout.ts';
import type { Kernel } from '../kernel.ts';
import { closeHandle, type HandleObject, handles } from '../ob/handles.ts';
import { namespace } from '../ob/namespace.ts';
import { objectByHandle, openHandle } from '../ob/object-access.ts';
import { processes } from '../ps/processes.ts';
import { alias, type Service, service } from '../service.ts';
import { type DirectoryHandle, objectName } from './object-name.ts';

interface LinkHandle extends HandleObject {
  readonly type: 'symboliclink';
  readonly target: string;
}

const isLink = (object: HandleObject): object is LinkHandle => object.type === 'symboliclink';

const opening = {
  Handle: ptr('HANDLE'),
  DesiredAccess: u32,
  ObjectAttributes: ptr('OBJECT_ATTRIBUTES'),
};

function openDirectory(kernel: Kernel, out: Va, path: string): NtStatus {
  const object: DirectoryHandle = { type: 'directory', path };
  kernel.mmu.write(out, 8, handles(kernel).open(object));
  return STATUS.SUCCESS;
}

const ZwOpenDirectoryObject = service({
  name: 'ZwOpenDirectoryObject',
  doc: 'ntifs/nf-ntifs-zwopendirectoryobject',
  params: opening,
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args): NtStatus {
    const name = objectName(kernel, args.ObjectAttributes);
    if (typeof name === 'number') return name;
    const found = namespace(kernel).resolve(name);
    if (found === undefined) return STATUS.OBJECT_NAME_NOT_FOUND;
    if (found.named.kind !== 'directory') return STATUS.OBJECT_TYPE_MISMATCH;
    return openDirectory(kernel, args.Handle, found.name);
  },
});

const ZwCreateDirectoryObject = service({
  name: 'ZwCreateDirectoryObject',
  doc: 'wdm/nf-wdm-zwcreatedirectoryobject',
  params: opening,
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args): NtStatus {
    const name = objectName(kernel, args.ObjectAttributes);
    if (typeof name === 'number') return name;
    const status = namespace(kernel).insert(name, { kind: 'directory' });
    return status === STATUS.SUCCESS ? openDirectory(kernel, args.Handle, name) : status;
  },
});

const ZwOpenSymbolicLinkObject = service({
  name: 'ZwOpenSymbolicLinkObject',
  doc: 'wdm/nf-wdm-zwopensymboliclinkobject',
  params: opening,
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args): NtStatus {
    const name = objectName(kernel, args.ObjectAttributes);
    if (typeof name === 'number') return name;
    const named = namespace(kernel).entry(name);
    if (named === undefined) return STATUS.OBJECT_NAME_NOT_FOUND;
    if (named.kind !== 'link') return STATUS.OBJECT_TYPE_MISMATCH;
    const object: LinkHandle = { type: 'symboliclink', target: named.target };
    kernel.mmu.write(args.Handle, 8, handles(kernel).open(object));
    return STATUS.SUCCESS;
  },
});

const ZwQuerySymbolicLinkObject = service({
  name: 'ZwQuerySymbolicLinkObject',
  doc: 'wdm/nf-wdm-zwquerysymboliclinkobject',
  params: { LinkHandle: handle, LinkTarget: out('UNICODE_STRING'), ReturnedLength: ptr('ULONG') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { LinkHandle, LinkTarget, ReturnedLength }): NtStatus {
    const link = handles(kernel).find(LinkHandle, isLink);
    if (link === undefined) return STATUS.INVALID_HANDLE;
    const bytes = utf16Bytes(link.target);
    if (ReturnedLength !== NULL) kernel.mmu.write(ReturnedLength, 4, BigInt(bytes.length + 2));
    const string = UNICODE_STRING.at(kernel.mmu, LinkTarget);
    if (string.MaximumLength < bytes.length) return STATUS.BUFFER_TOO_SMALL;
    kernel.mmu.writeBytes(string.Buffer, bytes);
    string.Length = bytes.length;
    if (string.MaximumLength >= bytes.length + 2) {
      kernel.mmu.write(vaAdd(string.Buffer, bytes.length), 2, 0n);
    }
    return STATUS.SUCCESS;
  },
});

/** Objects go with their last reference here, permanent or not. */
const ZwMakeTemporaryObject = service({
  name: 'ZwMakeTemporaryObject',
  doc: 'wdm/nf-wdm-zwmaketemporaryobject',
  params: { Handle: handle },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, args): NtStatus =>
    handles(kernel).get(args.Handle) === undefined ? STATUS.INVALID_HANDLE : STATUS.SUCCESS,
});

const ZwOpenProcess = service({
  name: 'ZwOpenProcess',
  doc: 'ntddk/nf-ntddk-zwopenprocess',
  params: {
    ProcessHandle: ptr('HANDLE'),
    DesiredAccess: u32,
    ObjectAttributes: ptr('OBJECT_ATTRIBUTES'),
    ClientId: ptr('CLIENT_ID'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.ACCESS_DENIED],
  run(kernel, args): NtStatus {
    if (args.ClientId === NULL) return STATUS.INVALID_PARAMETER_MIX;
    const process = processes(kernel).byId(kernel.mmu.u64(args.ClientId));
    if (process === undefined) return STATUS.INVALID_CID;
    kernel.mmu.write(args.ProcessHandle, 8, openHandle(kernel, process, 'Process'));
    return STATUS.SUCCESS;
  },
});

const querying = {
  Handle: handle,
  InformationClass: u32,
  Information: ptr(),
  Length: u32,
  ReturnLength: ptr('ULONG'),
};

/** Writes quadwords when the buffer has exactly their size. */
function answer(
  kernel: Kernel,
  args: { readonly Information: Va; readonly Length: number; readonly ReturnLength: Va },
  words: readonly bigint[],
): NtStatus {
  const bytes = words.length * 8;
  if (args.ReturnLength !== NULL) kernel.mmu.write(args.ReturnLength, 4, BigInt(bytes));
  if (args.Length !== bytes) return STATUS.INFO_LENGTH_MISMATCH;
  words.forEach((word, i) => {
    kernel.mmu.write(vaAdd(args.Information, i * 8), 8, word);
  });
  return STATUS.SUCCESS;
}

/** PROCESSINFOCLASS and THREADINFOCLASS (ntddk.h). */
const BASIC_INFORMATION = 0;
const PROCESS_WOW64_INFORMATION = 26;
const NORMAL_PRIORITY = 8n;

const ZwQueryInformationProcess = service({
  name: 'ZwQueryInformationProcess',
  doc: 'ntddk.h',
  params: querying,
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args): NtStatus {
    const found = objectByHandle(kernel, args.Handle, 0);
    if (typeof found === 'number') return found;
    if (found?.type !== 'Process') return STATUS.OBJECT_TYPE_MISMATCH;
    const id = processes(kernel).idOf(found.at);
    switch (args.InformationClass) {
      case BASIC_INFORMATION:
        return answer(kernel, args, [BigInt(STATUS.PENDING), 0n, 1n, NORMAL_PRIORITY, id, 0n]);
      case PROCESS_WOW64_INFORMATION:
        return answer(kernel, args, [0n]);
      default:
        return notModelledHere(`PROCESSINFOCLASS ${args.InformationClass}`);
    }
  },
});

const ZwQueryInformationThread = service({
  name: 'ZwQueryInformationThread',
  doc: 'ntddk.h',
  params: querying,
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args): NtStatus {
    const found = objectByHandle(kernel, args.Handle, 0);
    if (typeof found === 'number') return found;
    if (found?.type !== 'Thread') return STATUS.OBJECT_TYPE_MISMATCH;
    if (args.InformationClass !== BASIC_INFORMATION) {
      return notModelledHere(`THREADINFOCLASS ${args.InformationClass}`);
    }
    const { UniqueProcess, UniqueThread } = KTHREAD.at(kernel.mmu, found.at);
    const priorities = NORMAL_PRIORITY | (NORMAL_PRIORITY << 32n);
    return answer(kernel, args, [
      BigInt(STATUS.PENDING),
      0n,
      UniqueProcess,
      UniqueThread,
      1n,
      priorities,
    ]);
  },
});

/** ntifs.h */
const DUPLICATE_CLOSE_SOURCE = 1;

const ZwDuplicateObject = service({
  name: 'ZwDuplicateObject',
  doc: 'ntifs/nf-ntifs-zwduplicateobject',
  params: {
    SourceProcessHandle: handle,
    SourceHandle: handle,
    TargetProcessHandle: handle,
    TargetHandle: ptr('HANDLE'),
    DesiredAccess: u32,
    HandleAttributes: u32,
    Options: u32,
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  *run(kernel, args): Blocking<NtStatus> {
    const object = handles(kernel).get(args.SourceHandle);
    if (object === undefined) return STATUS.INVALID_HANDLE;
    const counted = objectByHandle(kernel, args.SourceHandle, 0);
    const copy =
      object.closing !== undefined && typeof counted === 'object'
        ? openHandle(kernel, counted.at, counted.type)
        : handles(kernel).open(object);
    if (args.TargetHandle !== NULL) kernel.mmu.write(args.TargetHandle, 8, copy);
    if ((args.Options & DUPLICATE_CLOSE_SOURCE) !== 0) {
      yield* closeHandle(kernel, args.SourceHandle);
    }
    return STATUS.SUCCESS;
  },
});

export const objectServices: readonly Service[] = [
  ZwOpenDirectoryObject,
  ZwCreateDirectoryObject,
  ZwOpenSymbolicLinkObject,
  ZwQuerySymbolicLinkObject,
  ZwMakeTemporaryObject,
  ZwOpenProcess,
  { ...alias('NtOpenProcess', ZwOpenProcess), doc: 'ntddk/nf-ntddk-ntopenprocess' },
  ZwQueryInformationProcess,
  ZwQueryInformationThread,
  ZwDuplicateObject,
];
