/** IoRegisterPlugPlayNotification and its kin. */
import { ptr, u32 } from '../../../layout/struct.ts';
import { NULL } from '../../../units/address.ts';
import { PASSIVE_LEVEL } from '../../../units/irql.ts';
import { STATUS } from '../../../units/status.ts';
import { allocateForKernel, pool } from '../../ex/pool.ts';
import type { Kernel } from '../../kernel.ts';
import { alias, type Service, service } from '../../service.ts';
import { GUID_TEXT, readGuid } from './guids.ts';
import { interfaces } from './interfaces.ts';
import { notifications, type Registration, tellOfInterface } from './notifications.ts';

/** IO_NOTIFICATION_EVENT_CATEGORY. */
const CATEGORY = { HARDWARE_PROFILE: 1, DEVICE_INTERFACE: 2, TARGET_DEVICE: 3 } as const;
const INCLUDE_EXISTING_INTERFACES = 1;

const IoRegisterPlugPlayNotification = service({
  name: 'IoRegisterPlugPlayNotification',
  doc: 'wdm/nf-wdm-ioregisterplugplaynotification',
  params: {
    EventCategory: u32,
    EventCategoryFlags: u32,
    EventCategoryData: ptr(),
    DriverObject: ptr('DRIVER_OBJECT'),
    CallbackRoutine: ptr('DRIVER_NOTIFICATION_CALLBACK_ROUTINE'),
    Context: ptr(),
    NotificationEntry: ptr('PVOID'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  *run(kernel, args) {
    const { EventCategory, EventCategoryFlags, EventCategoryData } = args;
    if (EventCategory < CATEGORY.HARDWARE_PROFILE || EventCategory > CATEGORY.TARGET_DEVICE) {
      return STATUS.INVALID_PARAMETER;
    }
    const ofInterfaces = EventCategory === CATEGORY.DEVICE_INTERFACE;
    const registration: Registration = {
      at: allocateForKernel(kernel, 16, 'PpNR'),
      driver: args.DriverObject,
      callback: args.CallbackRoutine,
      context: args.Context,
      guid: ofInterfaces ? readGuid(kernel, EventCategoryData) : null,
      file: EventCategory === CATEGORY.TARGET_DEVICE ? EventCategoryData : null,
    };
    notifications(kernel).add(registration);
    kernel.mmu.write(args.NotificationEntry, 8, registration.at);
    if (ofInterfaces && (EventCategoryFlags & INCLUDE_EXISTING_INTERFACES) !== 0) {
      yield* tellOfExisting(kernel, registration);
    }
    return STATUS.SUCCESS;
  },
});

function* tellOfExisting(kernel: Kernel, registration: Registration) {
  for (const one of interfaces(kernel).of(registration.guid ?? '', NULL, false)) {
    yield* tellOfInterface(kernel, registration, one, GUID_TEXT.DEVICE_INTERFACE_ARRIVAL);
  }
}

const IoUnregisterPlugPlayNotification = service({
  name: 'IoUnregisterPlugPlayNotification',
  doc: 'wdm/nf-wdm-iounregisterplugplaynotification',
  params: { NotificationEntry: ptr() },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { NotificationEntry }) {
    if (notifications(kernel).remove(NotificationEntry)) pool(kernel).free(NotificationEntry);
    return STATUS.SUCCESS;
  },
});

export const notificationServices: readonly Service[] = [
  IoRegisterPlugPlayNotification,
  IoUnregisterPlugPlayNotification,
  alias('IoUnregisterPlugPlayNotificationEx', IoUnregisterPlugPlayNotification),
];
