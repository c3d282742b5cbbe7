/** Reading, writing and controlling through file handles. */

import { bool, handle, ptr, u32 } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { IRP_MJ } from '../io/function-codes.ts';
import { FILE_OBJECT } from '../io/layout.ts';
import type { Kernel } from '../kernel.ts';
import { alias, type Service, service } from '../service.ts';
import {
  control,
  fileOf,
  flush,
  information,
  isFailure,
  replyTo,
  tell,
  transfer,
} from './files.ts';

const request = {
  FileHandle: handle,
  Event: handle,
  ApcRoutine: ptr('IO_APC_ROUTINE'),
  ApcContext: ptr(),
  IoStatusBlock: ptr('IO_STATUS_BLOCK'),
};

const moving = (name: string, isRead: boolean): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${name.toLowerCase()}`,
    params: {
      ...request,
      Buffer: ptr(),
      Length: u32,
      ByteOffset: ptr('LARGE_INTEGER'),
      Key: ptr('ULONG'),
    },
    returns: 'status',
    maxIrql: PASSIVE_LEVEL,
    *run(kernel, args): Blocking<NtStatus> {
      const file = fileOf(kernel, args.FileHandle);
      if (isFailure(file)) return file;
      const what = { buffer: args.Buffer, length: args.Length, offsetAt: args.ByteOffset };
      return yield* transfer(kernel, file, isRead, what, replyTo(args.IoStatusBlock, args.Event));
    },
  });

const controlling = (name: string, doc: string, major: number): Service =>
  service({
    name,
    doc,
    params: {
      ...request,
      IoControlCode: u32,
      InputBuffer: ptr(),
      InputBufferLength: u32,
      OutputBuffer: ptr(),
      OutputBufferLength: u32,
    },
    returns: 'status',
    maxIrql: PASSIVE_LEVEL,
    *run(kernel, args): Blocking<NtStatus> {
      const file = fileOf(kernel, args.FileHandle);
      if (isFailure(file)) return file;
      const what = {
        code: args.IoControlCode,
        input: args.InputBuffer,
        inputLength: args.InputBufferLength,
        output: args.OutputBuffer,
        outputLength: args.OutputBufferLength,
      };
      return yield* control(kernel, file, major, what, replyTo(args.IoStatusBlock, args.Event));
    },
  });

/** FILE_INFORMATION_CLASS answered without the driver (wdm.h). */
const FILE_POSITION_INFORMATION = 14;

/** The position is the I/O manager's own; nothing when the class is the driver's to answer. */
function position(kernel: Kernel, file: Va, isQuery: boolean, at: Va, length: number): NtStatus {
  if (length < 8) return STATUS.INFO_LENGTH_MISMATCH;
  const view = FILE_OBJECT.at(kernel.mmu, file);
  if (isQuery) kernel.mmu.write(at, 8, view.CurrentByteOffset);
  else view.CurrentByteOffset = kernel.mmu.u64(at);
  return STATUS.SUCCESS;
}

const informing = (name: string, doc: string, major: number): Service =>
  service({
    name,
    doc,
    params: {
      FileHandle: handle,
      IoStatusBlock: ptr('IO_STATUS_BLOCK'),
      Information: ptr(),
      Length: u32,
      InformationClass: u32,
    },
    returns: 'status',
    maxIrql: PASSIVE_LEVEL,
    *run(kernel, args): Blocking<NtStatus> {
      const file = fileOf(kernel, args.FileHandle);
      if (isFailure(file)) return file;
      const reply = replyTo(args.IoStatusBlock);
      const isQuery = major === IRP_MJ.QUERY_INFORMATION;
      const isFileClass = isQuery || major === IRP_MJ.SET_INFORMATION;
      if (isFileClass && args.InformationClass === FILE_POSITION_INFORMATION) {
        const status = position(kernel, file, isQuery, args.Information, args.Length);
        return tell(kernel, reply, status, isQuery && status === 0 ? 8n : 0n);
      }
      const what = { at: args.Information, length: args.Length, type: args.InformationClass };
      return yield* information(kernel, file, major, what, reply);
    },
  });

const ZwFlushBuffersFile = service({
  name: 'ZwFlushBuffersFile',
  doc: 'ntifs/nf-ntifs-zwflushbuffersfile',
  params: { FileHandle: handle, IoStatusBlock: ptr('IO_STATUS_BLOCK') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  *run(kernel, args): Blocking<NtStatus> {
    const file = fileOf(kernel, args.FileHandle);
    if (isFailure(file)) return file;
    return yield* flush(kernel, file, replyTo(args.IoStatusBlock));
  },
});

/** Devices have no directories. */
const ZwQueryDirectoryFile = service({
  name: 'ZwQueryDirectoryFile',
  doc: 'ntifs/nf-ntifs-zwquerydirectoryfile',
  params: {
    ...request,
    FileInformation: ptr(),
    Length: u32,
    FileInformationClass: u32,
    ReturnSingleEntry: bool,
    FileName: ptr('UNICODE_STRING'),
    RestartScan: bool,
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args): NtStatus {
    const file = fileOf(kernel, args.FileHandle);
    return isFailure(file) ? file : STATUS.INVALID_DEVICE_REQUEST;
  },
});

const ZwReadFile = moving('ZwReadFile', true);
const ZwWriteFile = moving('ZwWriteFile', false);
const ZwDeviceIoControlFile = controlling(
  'ZwDeviceIoControlFile',
  'ntifs/nf-ntifs-zwdeviceiocontrolfile',
  IRP_MJ.DEVICE_CONTROL,
);

export const fileServices: readonly Service[] = [
  ZwReadFile,
  ZwWriteFile,
  { ...alias('NtReadFile', ZwReadFile), doc: 'ntifs/nf-ntifs-ntreadfile' },
  { ...alias('NtWriteFile', ZwWriteFile), doc: 'ntifs/nf-ntifs-ntwritefile' },
  ZwDeviceIoControlFile,
  {
    ...alias('NtDeviceIoControlFile', ZwDeviceIoControlFile),
    doc: 'ntifs/nf-ntifs-ntdeviceiocontrolfile',
  },
  controlling('ZwFsControlFile', 'ntifs/nf-ntifs-zwfscontrolfile', IRP_MJ.FILE_SYSTEM_CONTROL),
  informing(
    'ZwQueryInformationFile',
    'wdm/nf-wdm-zwqueryinformationfile',
    IRP_MJ.QUERY_INFORMATION,
  ),
  informing('ZwSetInformationFile', 'wdm/nf-wdm-zwsetinformationfile', IRP_MJ.SET_INFORMATION),
  informing(
    'ZwQueryVolumeInformationFile',
    'ntifs/nf-ntifs-zwqueryvolumeinformationfile',
    IRP_MJ.QUERY_VOLUME_INFORMATION,
  ),
  ZwFlushBuffersFile,
  ZwQueryDirectoryFile,
];
