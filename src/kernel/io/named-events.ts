/** Events with names, shared by drivers and applications: IoCreateNotificationEvent and its twin. */
import { readUnicodeString } from '../../layout/nt.ts';
import { ptr } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { isSuccess } from '../../units/status.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import { initialiseHeader } from '../ke/dispatcher.ts';
import { KEVENT, OBJECT_TYPE } from '../ke/layout.ts';
import type { Kernel } from '../kernel.ts';
import { namespace } from '../ob/namespace.ts';
import { openHandle, typeOfObject } from '../ob/object-access.ts';
import { objects } from '../ob/objects.ts';
import { type Service, service } from '../service.ts';

/** A handle to the event of that name, made signalled when there is none; nothing when the name is no event's. */
function openNamed(kernel: Kernel, name: string, type: number) {
  const known = namespace(kernel).resolve(name) !== undefined;
  const at = known ? existing(kernel, name) : make(kernel, name, type);
  if (at === undefined) return undefined;
  const handle = openHandle(kernel, at, 'Event');
  if (!known) objects(kernel).dereference(at);
  return { at, handle };
}

function existing(kernel: Kernel, name: string): Va | undefined {
  const found = namespace(kernel).resolve(name);
  if (found?.named.kind !== 'object' || found.rest !== '') return undefined;
  return typeOfObject(kernel, found.named.at) === 'Event' ? found.named.at : undefined;
}

function make(kernel: Kernel, name: string, type: number): Va | undefined {
  const at = allocateForKernel(kernel, KEVENT.bytes, 'Even');
  if (!isSuccess(namespace(kernel).insert(name, { kind: 'object', at }))) {
    pool(kernel).free(at);
    return undefined;
  }
  initialiseHeader(kernel, at, type, KEVENT.bytes, 1);
  objects(kernel).add(at, 'Event', name, () => {
    namespace(kernel).remove(name);
    pool(kernel).free(at);
    return undefined;
  });
  return at;
}

const creator = (name: string, type: number): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${name.toLowerCase()}`,
    params: { EventName: ptr('UNICODE_STRING'), EventHandle: ptr('HANDLE') },
    returns: 'pointer',
    maxIrql: PASSIVE_LEVEL,
    mayFail: ['null'],
    run(kernel, { EventName, EventHandle }) {
      const opened = openNamed(kernel, readUnicodeString(kernel.mmu, EventName), type);
      if (opened === undefined) return NULL;
      kernel.mmu.write(EventHandle, 8, opened.handle);
      return opened.at;
    },
  });

export const namedEventServices: readonly Service[] = [
  creator('IoCreateNotificationEvent', OBJECT_TYPE.EventNotification),
  creator('IoCreateSynchronizationEvent', OBJECT_TYPE.EventSynchronization),
];
