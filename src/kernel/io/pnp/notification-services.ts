/** IoRegisterPlugPlayNotification and its kin. */
import { ptr, u32 } from '../../../layout/struct.ts';
import { NULL, vaAdd } from '../../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../../units/irql.ts';
import { STATUS } from '../../../units/status.ts';
import { callGuest } from '../../effects.ts';
import { allocateForKernel, pool } from '../../ex/pool.ts';
import { queueWork } from '../../ex/work-item.ts';
import type { Kernel } from '../../kernel.ts';
import { alias, type Service, service } from '../../service.ts';
import { GUID_TEXT, readGuid } from './guids.ts';
import { interfaces, nodeOf } from './interfaces.ts';
import {
  announceCustom,
  notifications,
  type Registration,
  tellOfInterface,
} from './notifications.ts';

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

const REPORT = {
  PhysicalDeviceObject: ptr('DEVICE_OBJECT'),
  NotificationStructure: ptr(),
} as const;

const IoReportTargetDeviceChange = service({
  name: 'IoReportTargetDeviceChange',
  doc: 'wdm/nf-wdm-ioreporttargetdevicechange',
  params: REPORT,
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  *run(kernel, { PhysicalDeviceObject, NotificationStructure }) {
    const node = nodeOf(kernel, PhysicalDeviceObject);
    if (node === undefined) return STATUS.INVALID_DEVICE_REQUEST;
    yield* announceCustom(kernel, node, NotificationStructure);
    return STATUS.SUCCESS;
  },
});

/** The structure is copied: the driver may reuse it at once. */
const IoReportTargetDeviceChangeAsynchronous = service({
  name: 'IoReportTargetDeviceChangeAsynchronous',
  doc: 'wdm/nf-wdm-ioreporttargetdevicechangeasynchronous',
  params: { ...REPORT, Callback: ptr('DEVICE_CHANGE_COMPLETE_CALLBACK'), Context: ptr() },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { PhysicalDeviceObject, NotificationStructure, Callback, Context }) {
    const node = nodeOf(kernel, PhysicalDeviceObject);
    if (node === undefined) return STATUS.INVALID_DEVICE_REQUEST;
    const bytes = kernel.mmu.u16(vaAdd(NotificationStructure, 2));
    const copy = allocateForKernel(kernel, bytes, 'PpNt');
    kernel.mmu.writeBytes(copy, kernel.mmu.readBytes(NotificationStructure, bytes));
    queueWork(kernel, function* () {
      yield* announceCustom(kernel, node, copy);
      pool(kernel).free(copy);
      if (Callback !== NULL) yield* callGuest(Callback, [Context], 'DeviceChangeComplete', null);
    });
    return STATUS.PENDING;
  },
});

export const notificationServices: readonly Service[] = [
  IoRegisterPlugPlayNotification,
  IoUnregisterPlugPlayNotification,
  alias(
    'IoUnregisterPlugPlayNotificationEx',
    IoUnregisterPlugPlayNotification,
    'wdm/nf-wdm-iounregisterplugplaynotificationex',
  ),
  IoReportTargetDeviceChange,
  IoReportTargetDeviceChangeAsynchronous,
];
