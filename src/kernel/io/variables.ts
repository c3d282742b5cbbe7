/** Variables that the kernel exports: object types, the system process, address limits and facts of the machine. */
import type { Va } from '../../units/address.ts';
import type { Kernel } from '../kernel.ts';
import { type ObjectTypeName, objectType } from '../ob/object-types.ts';
import { processes } from '../ps/processes.ts';
import { type DataExport, dataExport } from '../service.ts';

const pointer = (name: string, doc: string, value: (kernel: Kernel) => bigint): DataExport =>
  dataExport({
    name,
    bytes: 8,
    doc,
    initialise: (kernel, at) => kernel.mmu.write(at, 8, value(kernel)),
  });

const typeVariable = (name: string, type: ObjectTypeName): DataExport =>
  pointer(name, 'wdm.h', (kernel) => objectType(kernel, type));

const number = (name: string, bytes: 1 | 2 | 4, doc: string, value: bigint): DataExport =>
  dataExport({
    name,
    bytes,
    doc,
    initialise: (kernel, at: Va) => kernel.mmu.write(at, bytes, value),
  });

/** Checked builds of Windows set the top four bits otherwise. */
const FREE_BUILD = 0xf000_0000n | 19045n;

export const ioVariables: readonly DataExport[] = [
  typeVariable('IoFileObjectType', 'File'),
  typeVariable('IoDriverObjectType', 'Driver'),
  typeVariable('IoDeviceObjectType', 'Device'),
  typeVariable('IoAdapterObjectType', 'Adapter'),
  typeVariable('PsProcessType', 'Process'),
  typeVariable('PsThreadType', 'Thread'),
  typeVariable('ExEventObjectType', 'Event'),
  typeVariable('ExSemaphoreObjectType', 'Semaphore'),
  typeVariable('ExMutantObjectType', 'Mutant'),
  typeVariable('ExTimerObjectType', 'Timer'),
  typeVariable('MmSectionObjectType', 'Section'),
  typeVariable('CmKeyObjectType', 'Key'),
  typeVariable('SeTokenObjectType', 'Token'),
  pointer('PsInitialSystemProcess', 'ntddk.h', (kernel) => processes(kernel).system),
  number('KeNumberProcessors', 1, 'ntddk.h', 1n),
  number('NtBuildNumber', 4, 'ntoskrnl.exe', FREE_BUILD),
  number('InitSafeBootMode', 4, 'ntddk.h', 0n),
  number('KdDebuggerEnabled', 1, 'wdm.h', 0n),
  number('KdDebuggerNotPresent', 1, 'wdm.h', 1n),
  number('NtGlobalFlag', 4, 'ntddk.h', 0n),
];
