/** Devices that a miniport of NDIS 5 makes for itself: NdisMRegisterDevice. */
import type { Service } from '../../../kernel/service.ts';
import { ptr } from '../../../layout/struct.ts';
import { PASSIVE_LEVEL } from '../../../units/irql.ts';
import { NDIS_STATUS } from '../../../units/ndis-status.ts';
import { deregisterDevice, registerDevice } from '../device-objects.ts';
import { miniportDrivers } from '../miniport-driver.ts';
import { tellMisuse } from '../misuse.ts';
import { ndisHandle, ndisService } from '../ndis-service.ts';

const NdisMRegisterDevice = ndisService({
  name: 'NdisMRegisterDevice',
  params: {
    NdisWrapperHandle: ndisHandle,
    DeviceName: ptr('NDIS_STRING'),
    SymbolicName: ptr('NDIS_STRING'),
    MajorFunctions: ptr('PDRIVER_DISPATCH'),
    pDeviceObject: ptr('PDEVICE_OBJECT'),
    NdisDeviceHandle: ptr('NDIS_HANDLE'),
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, args) {
    const driver = miniportDrivers(kernel).driverObjectOf(args.NdisWrapperHandle);
    if (driver === undefined) {
      tellMisuse(kernel, 'NdisMRegisterDevice', 'wrong-handle');
      return NDIS_STATUS.NOT_SUPPORTED;
    }
    const { status, device, handle } = registerDevice(kernel, driver, {
      name: args.DeviceName,
      link: args.SymbolicName,
      functions: args.MajorFunctions,
      extensionBytes: 0,
    });
    kernel.mmu.write(args.pDeviceObject, 8, device);
    kernel.mmu.write(args.NdisDeviceHandle, 8, handle);
    return status;
  },
});

const NdisMDeregisterDevice = ndisService({
  name: 'NdisMDeregisterDevice',
  params: { NdisDeviceHandle: ndisHandle },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  *run(kernel, { NdisDeviceHandle }) {
    const known = yield* deregisterDevice(kernel, NdisDeviceHandle);
    if (!known) tellMisuse(kernel, 'NdisMDeregisterDevice', 'wrong-handle');
    return NDIS_STATUS.SUCCESS;
  },
});

export const deviceServices5: readonly Service[] = [NdisMRegisterDevice, NdisMDeregisterDevice];
