/** Driver objects: extensions, reinitialization, and drivers that a driver makes. */
import { ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';
import { part } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { drivers } from './drivers.ts';
import { DRIVER_OBJECT, DRVO } from './layout.ts';
import { reinitializations } from './pnp/load.ts';

const IoAllocateDriverObjectExtension = service({
  name: 'IoAllocateDriverObjectExtension',
  doc: 'wdm/nf-wdm-ioallocatedriverobjectextension',
  params: {
    DriverObject: ptr('DRIVER_OBJECT'),
    ClientIdentificationAddress: ptr(),
    DriverObjectExtensionSize: u32,
    DriverObjectExtension: ptr('PVOID'),
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, args) {
    const extensions = extensionsOf(kernel, args.DriverObject);
    kernel.mmu.write(args.DriverObjectExtension, 8, NULL);
    if (extensions.has(args.ClientIdentificationAddress)) return STATUS.OBJECT_NAME_COLLISION;
    const at = pool(kernel).allocate(args.DriverObjectExtensionSize, 'DrvE');
    if (at === undefined) return STATUS.INSUFFICIENT_RESOURCES;
    extensions.set(args.ClientIdentificationAddress, at);
    kernel.mmu.write(args.DriverObjectExtension, 8, at);
    return STATUS.SUCCESS;
  },
});

function extensionsOf(kernel: Kernel, driver: Va): Map<Va, Va> {
  const { extensions } = drivers(kernel);
  const found = extensions.get(driver) ?? new Map<Va, Va>();
  extensions.set(driver, found);
  return found;
}

const IoGetDriverObjectExtension = service({
  name: 'IoGetDriverObjectExtension',
  doc: 'wdm/nf-wdm-iogetdriverobjectextension',
  params: { DriverObject: ptr('DRIVER_OBJECT'), ClientIdentificationAddress: ptr() },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { DriverObject, ClientIdentificationAddress }) =>
    extensionsOf(kernel, DriverObject).get(ClientIdentificationAddress) ?? NULL,
});

/** Boot drivers and others alike: called again when their DriverEntry has returned. */
const reinitialization = (name: string): Service =>
  service({
    name,
    doc: `ntddk/nf-ntddk-${name.toLowerCase()}`,
    params: {
      DriverObject: ptr('DRIVER_OBJECT'),
      DriverReinitializationRoutine: ptr('DRIVER_REINITIALIZE'),
      Context: ptr(),
    },
    returns: 'void',
    maxIrql: PASSIVE_LEVEL,
    run(kernel, { DriverObject, DriverReinitializationRoutine: routine, Context: context }) {
      const waiting = reinitializations(kernel).get(DriverObject) ?? [];
      reinitializations(kernel).set(DriverObject, [...waiting, { routine, context }]);
      DRIVER_OBJECT.at(kernel.mmu, DriverObject).Flags |= DRVO.REINIT_REGISTERED;
    },
  });

const IoDeleteDriver = service({
  name: 'IoDeleteDriver',
  doc: 'ntoskrnl.exe',
  params: { DriverObject: ptr('DRIVER_OBJECT') },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { DriverObject }) => drivers(kernel).forget(DriverObject),
});

/** Counts of disks, ports and the like, which drivers of such devices keep up. */
const CONFIGURATION_INFORMATION_BYTES = 40;
const configuration = part((kernel) => ({
  at: allocateForKernel(kernel, CONFIGURATION_INFORMATION_BYTES, 'IoCf'),
}));

const IoGetConfigurationInformation = service({
  name: 'IoGetConfigurationInformation',
  doc: 'ntifs/nf-ntifs-iogetconfigurationinformation',
  params: {},
  returns: 'pointer',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel) => configuration(kernel).at,
});

export const driverServices: readonly Service[] = [
  IoAllocateDriverObjectExtension,
  IoGetDriverObjectExtension,
  reinitialization('IoRegisterDriverReinitialization'),
  reinitialization('IoRegisterBootDriverReinitialization'),
  IoDeleteDriver,
  IoGetConfigurationInformation,
];
