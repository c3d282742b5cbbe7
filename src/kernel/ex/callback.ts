/** Callback objects: named meeting points where one component notifies routines that others registered. */

import { readUnicodeString } from '../../layout/nt.ts';
import { bool, ptr } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { type Blocking, callGuest } from '../effects.ts';
import { type Kernel, part } from '../kernel.ts';
import { OBJECT_ATTRIBUTES } from '../ob/object-attributes.ts';
import { type Service, service } from '../service.ts';
import { allocateForKernel } from './pool.ts';

interface Registration {
  readonly handle: Va;
  readonly routine: Va;
  readonly context: Va;
}

interface CallbackObject {
  readonly at: Va;
  readonly multiple: boolean;
  registrations: Registration[];
}

/** Opaque to drivers; some memory of its own gives it an address. */
const OBJECT_BYTES = 64;
const SYSTEM_CALLBACKS = [
  '\\callback\\setsystemtime',
  '\\callback\\powerstate',
  '\\callback\\processoradd',
];

class Callbacks {
  readonly #kernel: Kernel;
  readonly #byName = new Map<string, CallbackObject>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    for (const name of SYSTEM_CALLBACKS) this.create(name, true);
  }

  find(name: string): CallbackObject | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  create(name: string, multiple: boolean): CallbackObject {
    const at = allocateForKernel(this.#kernel, OBJECT_BYTES, 'Call');
    const object = { at, multiple, registrations: [] };
    this.#byName.set(name.toLowerCase(), object);
    return object;
  }

  at(address: Va): CallbackObject | undefined {
    return [...this.#byName.values()].find((object) => object.at === address);
  }

  register(object: CallbackObject, routine: Va, context: Va): Va {
    if (!object.multiple && object.registrations.length > 0) return NULL;
    const handle = allocateForKernel(this.#kernel, OBJECT_BYTES, 'CbRg');
    object.registrations = [...object.registrations, { handle, routine, context }];
    return handle;
  }

  unregister(handle: Va): void {
    for (const object of this.#byName.values()) {
      object.registrations = object.registrations.filter((r) => r.handle !== handle);
    }
  }

  *notify(object: CallbackObject, argument1: bigint, argument2: bigint): Blocking<void> {
    for (const { routine, context } of object.registrations) {
      yield* callGuest(routine, [context, argument1, argument2], 'Callback');
    }
  }
}

const callbacks = part((kernel) => new Callbacks(kernel));

const ExCreateCallback = service({
  name: 'ExCreateCallback',
  doc: 'wdm/nf-wdm-excreatecallback',
  params: {
    CallbackObject: ptr('PCALLBACK_OBJECT'),
    ObjectAttributes: ptr('OBJECT_ATTRIBUTES'),
    Create: bool,
    AllowMultipleCallbacks: bool,
  },
  returns: 'status',
  maxIrql: APC_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, args): NtStatus {
    if (args.ObjectAttributes === NULL) return STATUS.UNSUCCESSFUL;
    const { ObjectName } = OBJECT_ATTRIBUTES.at(kernel.mmu, args.ObjectAttributes);
    const name = readUnicodeString(kernel.mmu, ObjectName);
    if (name === '') return STATUS.UNSUCCESSFUL;
    let object = callbacks(kernel).find(name);
    if (object === undefined && !args.Create) return STATUS.OBJECT_NAME_NOT_FOUND;
    object ??= callbacks(kernel).create(name, args.AllowMultipleCallbacks);
    kernel.mmu.write(args.CallbackObject, 8, object.at);
    return STATUS.SUCCESS;
  },
});

const ExRegisterCallback = service({
  name: 'ExRegisterCallback',
  doc: 'wdm/nf-wdm-exregistercallback',
  params: {
    CallbackObject: ptr('CALLBACK_OBJECT'),
    CallbackFunction: ptr('CALLBACK_FUNCTION'),
    CallbackContext: ptr(),
  },
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  mayFail: ['null'],
  run(kernel, { CallbackObject, CallbackFunction, CallbackContext }) {
    const object = callbacks(kernel).at(CallbackObject);
    if (object === undefined) return NULL;
    return callbacks(kernel).register(object, CallbackFunction, CallbackContext);
  },
});

const ExUnregisterCallback = service({
  name: 'ExUnregisterCallback',
  doc: 'wdm/nf-wdm-exunregistercallback',
  params: { CallbackRegistration: ptr() },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, { CallbackRegistration }) => callbacks(kernel).unregister(CallbackRegistration),
});

const ExNotifyCallback = service({
  name: 'ExNotifyCallback',
  doc: 'wdm/nf-wdm-exnotifycallback',
  params: { CallbackObject: ptr('CALLBACK_OBJECT'), Argument1: ptr(), Argument2: ptr() },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { CallbackObject, Argument1, Argument2 }) {
    const object = callbacks(kernel).at(CallbackObject);
    if (object !== undefined) yield* callbacks(kernel).notify(object, Argument1, Argument2);
  },
});

export const callbackServices: readonly Service[] = [
  ExCreateCallback,
  ExRegisterCallback,
  ExUnregisterCallback,
  ExNotifyCallback,
];
