/** Routines that want to hear of processes, threads and images. None begins or ends while a driver runs here. */
import { bool, ptr } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';
import { APC_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { part } from '../kernel.ts';
import { type Service, service } from '../service.ts';

/** PSP_MAX_xxx: each kind of routine has this many places. */
const MAX_ROUTINES = 64;

class NotifyRoutines {
  readonly #routines = new Set<Va>();

  add(routine: Va): NtStatus {
    if (this.#routines.size >= MAX_ROUTINES) return STATUS.INSUFFICIENT_RESOURCES;
    if (this.#routines.has(routine)) return STATUS.INVALID_PARAMETER;
    this.#routines.add(routine);
    return STATUS.SUCCESS;
  }

  remove(routine: Va, missing: NtStatus): NtStatus {
    return this.#routines.delete(routine) ? STATUS.SUCCESS : missing;
  }
}

const routines = part(() => ({
  process: new NotifyRoutines(),
  thread: new NotifyRoutines(),
  image: new NotifyRoutines(),
}));

const processNotify = (name: string, doc: string): Service =>
  service({
    name,
    doc,
    params: { NotifyRoutine: ptr('CREATE_PROCESS_NOTIFY_ROUTINE'), Remove: bool },
    returns: 'status',
    maxIrql: PASSIVE_LEVEL,
    run(kernel, { NotifyRoutine, Remove }) {
      const { process } = routines(kernel);
      return Remove
        ? process.remove(NotifyRoutine, STATUS.INVALID_PARAMETER)
        : process.add(NotifyRoutine);
    },
  });

interface Setting {
  readonly name: string;
  readonly doc: string;
  readonly kind: 'thread' | 'image';
  readonly remove: boolean;
}

const notify = ({ name, doc, kind, remove }: Setting): Service =>
  service({
    name,
    doc,
    params: { NotifyRoutine: ptr() },
    returns: 'status',
    maxIrql: remove ? APC_LEVEL : PASSIVE_LEVEL,
    run(kernel, { NotifyRoutine }) {
      const known = routines(kernel)[kind];
      return remove
        ? known.remove(NotifyRoutine, STATUS.PROCEDURE_NOT_FOUND)
        : known.add(NotifyRoutine);
    },
  });

export const notifyServices: readonly Service[] = [
  processNotify(
    'PsSetCreateProcessNotifyRoutine',
    'ntddk/nf-ntddk-pssetcreateprocessnotifyroutine',
  ),
  processNotify(
    'PsSetCreateProcessNotifyRoutineEx',
    'ntddk/nf-ntddk-pssetcreateprocessnotifyroutineex',
  ),
  notify({
    name: 'PsSetCreateThreadNotifyRoutine',
    doc: 'ntddk/nf-ntddk-pssetcreatethreadnotifyroutine',
    kind: 'thread',
    remove: false,
  }),
  notify({
    name: 'PsRemoveCreateThreadNotifyRoutine',
    doc: 'ntddk/nf-ntddk-psremovecreatethreadnotifyroutine',
    kind: 'thread',
    remove: true,
  }),
  notify({
    name: 'PsSetLoadImageNotifyRoutine',
    doc: 'ntddk/nf-ntddk-pssetloadimagenotifyroutine',
    kind: 'image',
    remove: false,
  }),
  notify({
    name: 'PsRemoveLoadImageNotifyRoutine',
    doc: 'ntddk/nf-ntddk-psremoveloadimagenotifyroutine',
    kind: 'image',
    remove: true,
  }),
];
