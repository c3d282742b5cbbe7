/** Small questions to the executive: time zones, clock resolution, identifiers, processor features, firmware. */

import { GUID } from '../../layout/nt.ts';
import { bool, out, ptr, u32 } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { KTHREAD } from '../ke/layout.ts';
import { TIME_INCREMENT } from '../ke/time.ts';
import { type Kernel, part } from '../kernel.ts';
import { type Service, service } from '../service.ts';

/** The machine's time zone is UTC, so both conversions copy. */
const copyTime = (kernel: Kernel, from: Va, to: Va): void =>
  kernel.mmu.write(to, 8, kernel.mmu.u64(from));

const ExSystemTimeToLocalTime = service({
  name: 'ExSystemTimeToLocalTime',
  doc: 'wdm/nf-wdm-exsystemtimetolocaltime',
  params: { SystemTime: ptr('LARGE_INTEGER'), LocalTime: out('LARGE_INTEGER') },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { SystemTime, LocalTime }) => copyTime(kernel, SystemTime, LocalTime),
});

const ExLocalTimeToSystemTime = service({
  name: 'ExLocalTimeToSystemTime',
  doc: 'wdm/nf-wdm-exlocaltimetosystemtime',
  params: { LocalTime: ptr('LARGE_INTEGER'), SystemTime: out('LARGE_INTEGER') },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { LocalTime, SystemTime }) => copyTime(kernel, LocalTime, SystemTime),
});

/** Finest clock interrupt period, in 100 ns units. */
const MINIMUM_RESOLUTION = 5_000;
const resolution = part(() => ({ current: Number(TIME_INCREMENT) }));

const ExSetTimerResolution = service({
  name: 'ExSetTimerResolution',
  doc: 'wdm/nf-wdm-exsettimerresolution',
  params: { DesiredTime: u32, SetResolution: bool },
  returns: 'u32',
  maxIrql: APC_LEVEL,
  run(kernel, { DesiredTime, SetResolution }) {
    const clock = resolution(kernel);
    clock.current = SetResolution
      ? Math.min(clock.current, Math.max(DesiredTime, MINIMUM_RESOLUTION))
      : Number(TIME_INCREMENT);
    return clock.current;
  },
});

const ExQueryTimerResolution = service({
  name: 'ExQueryTimerResolution',
  doc: 'wdm/nf-wdm-exquerytimerresolution',
  params: { MaximumTime: ptr('ULONG'), MinimumTime: ptr('ULONG'), CurrentTime: ptr('ULONG') },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run(kernel, { MaximumTime, MinimumTime, CurrentTime }) {
    kernel.mmu.write(MaximumTime, 4, TIME_INCREMENT);
    kernel.mmu.write(MinimumTime, 4, BigInt(MINIMUM_RESOLUTION));
    kernel.mmu.write(CurrentTime, 4, BigInt(resolution(kernel).current));
  },
});

/** A random (version 4) identifier from the run's seed. */
const ExUuidCreate = service({
  name: 'ExUuidCreate',
  doc: 'ntddk/nf-ntddk-exuuidcreate',
  params: { Uuid: ptr('UUID') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { Uuid }) {
    const guid = GUID.at(kernel.mmu, Uuid);
    guid.Data1 = kernel.random();
    guid.Data2 = kernel.random() & 0xffff;
    guid.Data3 = (kernel.random() & 0x0fff) | 0x4000;
    for (let i = 0; i < 8; i++) {
      const byte = kernel.random() & 0xff;
      guid.Data4.set(i, i === 0 ? (byte & 0x3f) | 0x80 : byte);
    }
    return STATUS.SUCCESS;
  },
});

const ExGetPreviousMode = service({
  name: 'ExGetPreviousMode',
  doc: 'wdm/nf-wdm-exgetpreviousmode',
  params: {},
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run(kernel) {
    const thread = kernel.scheduler.currentThread;
    return KTHREAD.at(kernel.mmu, thread).PreviousMode;
  },
});

/** SUITE_TYPE (ntdef.h): this machine is a workstation with one user's terminal services. */
const SINGLE_USER_TS = 8;

const ExVerifySuite = service({
  name: 'ExVerifySuite',
  doc: 'ntddk.h',
  params: { SuiteType: u32 },
  returns: 'bool',
  run: (_kernel, { SuiteType }) => SuiteType === SINGLE_USER_TS,
});

/** PF_ constants (winnt.h) that hold on every x64 processor Windows 10 runs on. */
const PROCESSOR_FEATURES = new Set([
  2, // PF_COMPARE_EXCHANGE_DOUBLE
  3, // PF_MMX_INSTRUCTIONS_AVAILABLE
  6, // PF_XMMI_INSTRUCTIONS_AVAILABLE
  8, // PF_RDTSC_INSTRUCTION_AVAILABLE
  9, // PF_PAE_ENABLED
  10, // PF_XMMI64_INSTRUCTIONS_AVAILABLE
  12, // PF_NX_ENABLED
  14, // PF_COMPARE_EXCHANGE128
]);

const ExIsProcessorFeaturePresent = service({
  name: 'ExIsProcessorFeaturePresent',
  doc: 'wdm/nf-wdm-exisprocessorfeaturepresent',
  params: { ProcessorFeature: u32 },
  returns: 'bool',
  maxIrql: PASSIVE_LEVEL,
  run: (_kernel, { ProcessorFeature }) => PROCESSOR_FEATURES.has(ProcessorFeature),
});

/** FIRMWARE_TYPE: FirmwareTypeBios. A BIOS has no variables. */
const FIRMWARE_TYPE_BIOS = 1;

const ExGetFirmwareType = service({
  name: 'ExGetFirmwareType',
  doc: 'wdm/nf-wdm-exgetfirmwaretype',
  params: {},
  returns: 'u32',
  maxIrql: APC_LEVEL,
  run: () => FIRMWARE_TYPE_BIOS,
});

const ExIsSoftBoot = service({
  name: 'ExIsSoftBoot',
  doc: 'wdm/nf-wdm-exissoftboot',
  params: {},
  returns: 'bool',
  maxIrql: APC_LEVEL,
  run: () => false,
});

const ExGetFirmwareEnvironmentVariable = service({
  name: 'ExGetFirmwareEnvironmentVariable',
  doc: 'wdm/nf-wdm-exgetfirmwareenvironmentvariable',
  params: {
    VariableName: ptr('UNICODE_STRING'),
    VendorGuid: ptr('GUID'),
    Value: ptr(),
    ValueLength: ptr('ULONG'),
    Attributes: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: (): NtStatus => STATUS.NOT_IMPLEMENTED,
});

const ExSetFirmwareEnvironmentVariable = service({
  name: 'ExSetFirmwareEnvironmentVariable',
  doc: 'wdm/nf-wdm-exsetfirmwareenvironmentvariable',
  params: {
    VariableName: ptr('UNICODE_STRING'),
    VendorGuid: ptr('GUID'),
    Value: ptr(),
    ValueLength: u32,
    Attributes: u32,
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: (): NtStatus => STATUS.NOT_IMPLEMENTED,
});

export const systemServices: readonly Service[] = [
  ExSystemTimeToLocalTime,
  ExLocalTimeToSystemTime,
  ExSetTimerResolution,
  ExQueryTimerResolution,
  ExUuidCreate,
  ExGetPreviousMode,
  ExVerifySuite,
  ExIsProcessorFeaturePresent,
  ExGetFirmwareType,
  ExIsSoftBoot,
  ExGetFirmwareEnvironmentVariable,
  ExSetFirmwareEnvironmentVariable,
];
