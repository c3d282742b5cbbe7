/** ZwCreateFile and ZwOpenFile: devices open by name; there are no files, for no volume is mounted. */

import { readUnicodeString } from '../../layout/nt.ts';
import { ptr, u32 } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { isSuccess, type NtStatus, STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { notModelledHere } from '../end.ts';
import { type OpenRequest, openDeviceByName, openFileHandle } from '../io/files.ts';
import type { Kernel } from '../kernel.ts';
import { OBJECT_ATTRIBUTES } from '../ob/object-attributes.ts';
import { type Service, service } from '../service.ts';
import { replyTo, tell } from './files.ts';

const FILE_OPEN = 1;
const FILE_OVERWRITE = 4;

/** Path that the attributes name; only absolute ones are known here. */
function pathOf(kernel: Kernel, attributes: Va): string | NtStatus {
  const { Length, RootDirectory, ObjectName } = OBJECT_ATTRIBUTES.at(kernel.mmu, attributes);
  if (Length !== OBJECT_ATTRIBUTES.bytes) return STATUS.INVALID_PARAMETER;
  if (RootDirectory !== 0n) return notModelledHere('ZwCreateFile with a RootDirectory');
  const path = readUnicodeString(kernel.mmu, ObjectName);
  return path.startsWith('\\') ? path : STATUS.OBJECT_PATH_SYNTAX_BAD;
}

interface Opening {
  readonly out: Va;
  readonly attributes: Va;
  readonly ioStatusBlock: Va;
  readonly request: OpenRequest;
}

function* open(kernel: Kernel, opening: Opening): Blocking<NtStatus> {
  const path = pathOf(kernel, opening.attributes);
  if (typeof path === 'number') return path;
  const { request } = opening;
  const opened = yield* openDeviceByName(kernel, path, { ...request, origin: 'driver' });
  if (opened.status === STATUS.OBJECT_NAME_NOT_FOUND) return missing(request);
  if (isSuccess(opened.status)) {
    kernel.mmu.write(opening.out, 8, openFileHandle(kernel, opened.file));
  }
  return tell(kernel, replyTo(opening.ioStatusBlock), opened.status, opened.information);
}

/** Nothing to open, and nowhere to create. */
function missing({ disposition = FILE_OPEN }: OpenRequest): NtStatus {
  const opens = disposition === FILE_OPEN || disposition === FILE_OVERWRITE;
  return opens ? STATUS.OBJECT_NAME_NOT_FOUND : STATUS.OBJECT_PATH_NOT_FOUND;
}

const creating = {
  FileHandle: ptr('HANDLE'),
  DesiredAccess: u32,
  ObjectAttributes: ptr('OBJECT_ATTRIBUTES'),
  IoStatusBlock: ptr('IO_STATUS_BLOCK'),
  AllocationSize: ptr('LARGE_INTEGER'),
  FileAttributes: u32,
  ShareAccess: u32,
  CreateDisposition: u32,
  CreateOptions: u32,
  EaBuffer: ptr(),
  EaLength: u32,
};

const create = (name: string, doc: string): Service =>
  service({
    name,
    doc,
    params: creating,
    returns: 'status',
    maxIrql: PASSIVE_LEVEL,
    mayFail: [STATUS.OBJECT_NAME_NOT_FOUND],
    run: (kernel, args) =>
      open(kernel, {
        out: args.FileHandle,
        attributes: args.ObjectAttributes,
        ioStatusBlock: args.IoStatusBlock,
        request: {
          access: args.DesiredAccess,
          shareAccess: args.ShareAccess,
          disposition: args.CreateDisposition,
          options: args.CreateOptions,
          attributes: args.FileAttributes,
        },
      }),
  });

const openFile = (name: string, doc: string): Service =>
  service({
    name,
    doc,
    params: {
      FileHandle: ptr('HANDLE'),
      DesiredAccess: u32,
      ObjectAttributes: ptr('OBJECT_ATTRIBUTES'),
      IoStatusBlock: ptr('IO_STATUS_BLOCK'),
      ShareAccess: u32,
      OpenOptions: u32,
    },
    returns: 'status',
    maxIrql: PASSIVE_LEVEL,
    mayFail: [STATUS.OBJECT_NAME_NOT_FOUND],
    run: (kernel, args) =>
      open(kernel, {
        out: args.FileHandle,
        attributes: args.ObjectAttributes,
        ioStatusBlock: args.IoStatusBlock,
        request: {
          access: args.DesiredAccess,
          shareAccess: args.ShareAccess,
          options: args.OpenOptions,
        },
      }),
  });

const ZwDeleteFile = service({
  name: 'ZwDeleteFile',
  doc: 'ntifs/nf-ntifs-zwdeletefile',
  params: { ObjectAttributes: ptr('OBJECT_ATTRIBUTES') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { ObjectAttributes }): NtStatus {
    const path = pathOf(kernel, ObjectAttributes);
    return typeof path === 'number' ? path : STATUS.OBJECT_NAME_NOT_FOUND;
  },
});

const ZwQueryFullAttributesFile = service({
  name: 'ZwQueryFullAttributesFile',
  doc: 'wdm/nf-wdm-zwqueryfullattributesfile',
  params: {
    ObjectAttributes: ptr('OBJECT_ATTRIBUTES'),
    FileInformation: ptr('FILE_NETWORK_OPEN_INFORMATION'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { ObjectAttributes }): NtStatus {
    const path = pathOf(kernel, ObjectAttributes);
    return typeof path === 'number' ? path : STATUS.OBJECT_NAME_NOT_FOUND;
  },
});

export const openFileServices: readonly Service[] = [
  create('ZwCreateFile', 'wdm/nf-wdm-zwcreatefile'),
  create('NtCreateFile', 'ntifs/nf-ntifs-ntcreatefile'),
  create('IoCreateFile', 'wdm/nf-wdm-iocreatefile'),
  openFile('ZwOpenFile', 'wdm/nf-wdm-zwopenfile'),
  openFile('NtOpenFile', 'ntifs/nf-ntifs-ntopenfile'),
  ZwDeleteFile,
  ZwQueryFullAttributesFile,
];
