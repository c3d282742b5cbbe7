/** Events and waiting by handle. */

import { bool, handle, i64, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { type Blocking, wait } from '../effects.ts';
import { pool } from '../ex/pool.ts';
import { initialiseHeader, setSignalState } from '../ke/dispatcher.ts';
import { KEVENT, OBJECT_TYPE } from '../ke/layout.ts';
import type { Kernel } from '../kernel.ts';
import { namespace } from '../ob/namespace.ts';
import { objectByHandle, openHandle, typeOfObject } from '../ob/object-access.ts';
import { objects } from '../ob/objects.ts';
import { type Service, service } from '../service.ts';
import { objectName } from './object-name.ts';

/** The event behind a handle, or why there is none. */
function eventOf(kernel: Kernel, eventHandle: bigint): Va | NtStatus {
  const found = objectByHandle(kernel, eventHandle, 0);
  if (found === undefined) return STATUS.OBJECT_TYPE_MISMATCH;
  if (typeof found === 'number') return found;
  return found.type === 'Event' ? found.at : STATUS.OBJECT_TYPE_MISMATCH;
}

function newEvent(kernel: Kernel, name: string, type: number, state: boolean): Va | NtStatus {
  const at = pool(kernel).allocate(KEVENT.bytes, 'Even');
  if (at === undefined) return STATUS.INSUFFICIENT_RESOURCES;
  if (name !== '') {
    const status = namespace(kernel).insert(name, { kind: 'object', at });
    if (status !== STATUS.SUCCESS) {
      pool(kernel).free(at);
      return status;
    }
  }
  const kind = type === 0 ? OBJECT_TYPE.EventNotification : OBJECT_TYPE.EventSynchronization;
  initialiseHeader(kernel, at, kind, KEVENT.bytes, state ? 1 : 0);
  objects(kernel).add(at, 'Event', name === '' ? null : name, () => {
    if (name !== '') namespace(kernel).remove(name);
    pool(kernel).free(at);
    return undefined;
  });
  return at;
}

const ZwCreateEvent = service({
  name: 'ZwCreateEvent',
  doc: 'ntifs/nf-ntifs-zwcreateevent',
  params: {
    EventHandle: ptr('HANDLE'),
    DesiredAccess: u32,
    ObjectAttributes: ptr('OBJECT_ATTRIBUTES'),
    EventType: u32,
    InitialState: bool,
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, args): NtStatus {
    if (args.EventType > 1) return STATUS.INVALID_PARAMETER;
    const name = args.ObjectAttributes === NULL ? '' : objectName(kernel, args.ObjectAttributes);
    if (typeof name === 'number') return name;
    const at = newEvent(kernel, name, args.EventType, args.InitialState);
    if (typeof at === 'number') return at;
    kernel.mmu.write(args.EventHandle, 8, openHandle(kernel, at, 'Event'));
    objects(kernel).dereference(at);
    return STATUS.SUCCESS;
  },
});

const ZwOpenEvent = service({
  name: 'ZwOpenEvent',
  doc: 'wdm/nf-wdm-zwopenevent',
  params: {
    EventHandle: ptr('HANDLE'),
    DesiredAccess: u32,
    ObjectAttributes: ptr('OBJECT_ATTRIBUTES'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args): NtStatus {
    const name = objectName(kernel, args.ObjectAttributes);
    if (typeof name === 'number') return name;
    const found = namespace(kernel).resolve(name);
    if (found === undefined || found.rest !== '') return STATUS.OBJECT_NAME_NOT_FOUND;
    const at = found.named.kind === 'object' ? found.named.at : undefined;
    if (at === undefined || typeOfObject(kernel, at) !== 'Event')
      return STATUS.OBJECT_TYPE_MISMATCH;
    kernel.mmu.write(args.EventHandle, 8, openHandle(kernel, at, 'Event'));
    return STATUS.SUCCESS;
  },
});

function put(kernel: Kernel, eventHandle: bigint, state: 0 | 1, previous: Va): NtStatus {
  const at = eventOf(kernel, eventHandle);
  if (typeof at === 'number') return at;
  const before = setSignalState(kernel, at, state);
  if (previous !== NULL) kernel.mmu.write(previous, 4, BigInt(before));
  return STATUS.SUCCESS;
}

const setting = (name: string, doc: string, state: 0 | 1): Service =>
  service({
    name,
    doc,
    params: { EventHandle: handle, PreviousState: ptr('LONG') },
    returns: 'status',
    maxIrql: PASSIVE_LEVEL,
    run: (kernel, args) => put(kernel, args.EventHandle, state, args.PreviousState),
  });

const ZwClearEvent = service({
  name: 'ZwClearEvent',
  doc: 'ntifs.h',
  params: { EventHandle: handle },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, args) => put(kernel, args.EventHandle, 0, NULL),
});

const WAITABLE: ReadonlySet<string> = new Set([
  'Event',
  'Mutant',
  'Process',
  'Semaphore',
  'Thread',
  'Timer',
]);

const ZwWaitForSingleObject = service({
  name: 'ZwWaitForSingleObject',
  doc: 'ntifs/nf-ntifs-zwwaitforsingleobject',
  params: { Handle: handle, Alertable: bool, Timeout: ptr('LARGE_INTEGER') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  *run(kernel, { Handle, Timeout }): Blocking<NtStatus> {
    const found = objectByHandle(kernel, Handle, 0);
    if (typeof found === 'number') return found;
    if (found === undefined || !WAITABLE.has(found.type)) return STATUS.OBJECT_TYPE_MISMATCH;
    const timeout = Timeout === NULL ? null : i64.read(kernel.mmu, Timeout, 'x64');
    return yield* wait([found.at], timeout);
  },
});

export const eventServices: readonly Service[] = [
  ZwCreateEvent,
  ZwOpenEvent,
  setting('ZwSetEvent', 'ntifs/nf-ntifs-zwsetevent', 1),
  setting('ZwResetEvent', 'ntifs.h', 0),
  ZwClearEvent,
  ZwWaitForSingleObject,
];
