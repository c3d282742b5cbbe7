/** The Windows that the machine says it is: Windows 10 22H2, 10.0.19045, a workstation. */

import { array, ptr, reserved, struct, u8, u16, u32, u64 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';

const WINDOWS = {
  major: 10,
  minor: 0,
  build: 19_045,
  platform: 2,
  /** VER_SUITE_SINGLEUSERTS | VER_SUITE_TERMINAL */
  suite: 0x110,
  /** VER_NT_WORKSTATION */
  product: 1,
  /** NTDDI_WIN10_VB (sdkddkver.h), the API level of builds 19041 to 19045. */
  ntddi: 0x0a00_0008,
} as const;

const RTL_OSVERSIONINFOEXW = struct({
  name: 'RTL_OSVERSIONINFOEXW',
  size: { x64: 284, x86: 284 },
  fields: {
    dwOSVersionInfoSize: u32,
    dwMajorVersion: u32,
    dwMinorVersion: u32,
    dwBuildNumber: u32,
    dwPlatformId: u32,
    szCSDVersion: array(u16, 128),
    wServicePackMajor: u16,
    wServicePackMinor: u16,
    wSuiteMask: u16,
    wProductType: u8,
    wReserved: reserved(1),
  },
});

const RtlGetVersion = service({
  name: 'RtlGetVersion',
  doc: 'wdm/nf-wdm-rtlgetversion',
  params: { lpVersionInformation: ptr('RTL_OSVERSIONINFOW') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { lpVersionInformation }) {
    const info = RTL_OSVERSIONINFOEXW.at(kernel.mmu, lpVersionInformation);
    info.dwMajorVersion = WINDOWS.major;
    info.dwMinorVersion = WINDOWS.minor;
    info.dwBuildNumber = WINDOWS.build;
    info.dwPlatformId = WINDOWS.platform;
    info.szCSDVersion.set(0, 0);
    if (info.dwOSVersionInfoSize === RTL_OSVERSIONINFOEXW.bytes) {
      info.wServicePackMajor = 0;
      info.wServicePackMinor = 0;
      info.wSuiteMask = WINDOWS.suite;
      info.wProductType = WINDOWS.product;
    }
    return STATUS.SUCCESS;
  },
});

/** FALSE: this is no checked build. */
const PsGetVersion = service({
  name: 'PsGetVersion',
  doc: 'wdm/nf-wdm-psgetversion',
  params: {
    MajorVersion: ptr('ULONG'),
    MinorVersion: ptr('ULONG'),
    BuildNumber: ptr('ULONG'),
    CSDVersion: ptr('UNICODE_STRING'),
  },
  returns: 'bool',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { MajorVersion, MinorVersion, BuildNumber, CSDVersion }) {
    const put = (at: Va, value: number): void => {
      if (at !== NULL) kernel.mmu.write(at, 4, BigInt(value));
    };
    put(MajorVersion, WINDOWS.major);
    put(MinorVersion, WINDOWS.minor);
    put(BuildNumber, WINDOWS.build);
    if (CSDVersion !== NULL) kernel.mmu.fill(CSDVersion, 16, 0);
    return false;
  },
});

/** VER_ type bits and how the conditions on them are made: three bits each (winnt.h). */
const CONDITION_BITS = 3n;
const CONDITION = { equal: 1, greater: 2, greaterEqual: 3, less: 4, lessEqual: 5, and: 6, or: 7 };
const TYPE = {
  minor: 0x1,
  major: 0x2,
  build: 0x4,
  platform: 0x8,
  spMinor: 0x10,
  spMajor: 0x20,
  suite: 0x40,
  product: 0x80,
};
/** VerSetConditionMask looks at one bit only, the first of these that is set. */
const PRECEDENCE = [
  TYPE.product,
  TYPE.suite,
  TYPE.spMajor,
  TYPE.spMinor,
  TYPE.platform,
  TYPE.build,
  TYPE.major,
  TYPE.minor,
];

const shiftOf = (type: number): bigint => BigInt(Math.log2(type)) * CONDITION_BITS;

const VerSetConditionMask = service({
  name: 'VerSetConditionMask',
  doc: 'wdm.h',
  params: { ConditionMask: u64, TypeMask: u32, Condition: u8 },
  returns: 'u64',
  run(_kernel, { ConditionMask, TypeMask, Condition }) {
    const type = PRECEDENCE.find((bit) => (TypeMask & bit) !== 0);
    if (type === undefined) return ConditionMask;
    return ConditionMask | (BigInt(Condition & 7) << shiftOf(type));
  },
});

function holds(condition: number, actual: number, wanted: number): boolean {
  switch (condition) {
    case CONDITION.equal:
      return actual === wanted;
    case CONDITION.greater:
      return actual > wanted;
    case CONDITION.greaterEqual:
      return actual >= wanted;
    case CONDITION.less:
      return actual < wanted;
    case CONDITION.lessEqual:
      return actual <= wanted;
    default:
      return false;
  }
}

/** Major, minor and service pack are compared as one number; the rest each for itself. */
function verify(kernel: Kernel, at: Va, types: number, conditions: bigint): NtStatus {
  if (types === 0) return STATUS.INVALID_PARAMETER;
  const info = RTL_OSVERSIONINFOEXW.at(kernel.mmu, at);
  const condition = (type: number): number => Number((conditions >> shiftOf(type)) & 7n);
  const asked = (type: number): boolean => (types & type) !== 0;
  if (asked(TYPE.suite) && !suiteHolds(condition(TYPE.suite), info.wSuiteMask)) {
    return STATUS.REVISION_MISMATCH;
  }
  let ok = true;
  for (const [type, actual, wanted] of [
    [TYPE.major, WINDOWS.major, info.dwMajorVersion],
    [TYPE.minor, WINDOWS.minor, info.dwMinorVersion],
    [TYPE.spMajor, 0, info.wServicePackMajor],
    [TYPE.spMinor, 0, info.wServicePackMinor],
  ] as const) {
    if (!asked(type)) continue;
    ok = holds(condition(type), actual, wanted);
    if (actual !== wanted) break;
  }
  if (!ok) return STATUS.REVISION_MISMATCH;
  for (const [type, actual, wanted] of [
    [TYPE.build, WINDOWS.build, info.dwBuildNumber],
    [TYPE.platform, WINDOWS.platform, info.dwPlatformId],
    [TYPE.product, WINDOWS.product, info.wProductType],
  ] as const) {
    if (asked(type) && !holds(condition(type), actual, wanted)) return STATUS.REVISION_MISMATCH;
  }
  return STATUS.SUCCESS;
}

function suiteHolds(condition: number, wanted: number): boolean {
  const common = WINDOWS.suite & wanted;
  if (condition === CONDITION.and) return common === wanted;
  return condition === CONDITION.or && (common !== 0 || wanted === 0);
}

const RtlVerifyVersionInfo = service({
  name: 'RtlVerifyVersionInfo',
  doc: 'wdm/nf-wdm-rtlverifyversioninfo',
  params: { VersionInfo: ptr('RTL_OSVERSIONINFOEXW'), TypeMask: u32, ConditionMask: u64 },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, args) => verify(kernel, args.VersionInfo, args.TypeMask, args.ConditionMask),
});

/** Service-pack bits make the question invalid. */
const RtlIsNtDdiVersionAvailable = service({
  name: 'RtlIsNtDdiVersionAvailable',
  doc: 'wdm/nf-wdm-rtlisntddiversionavailable',
  params: { Version: u32 },
  returns: 'bool',
  maxIrql: PASSIVE_LEVEL,
  run: (_kernel, { Version }) => (Version & 0xff00) === 0 && Version <= WINDOWS.ntddi,
});

const RtlIsServicePackVersionInstalled = service({
  name: 'RtlIsServicePackVersionInstalled',
  doc: 'wdm/nf-wdm-rtlisservicepackversioninstalled',
  params: { Version: u32 },
  returns: 'bool',
  maxIrql: PASSIVE_LEVEL,
  run: (_kernel, { Version }) => Version <= WINDOWS.ntddi,
});

/** WDM 6.0 is the newest (wdm.h). */
const IoIsWdmVersionAvailable = service({
  name: 'IoIsWdmVersionAvailable',
  doc: 'wdm/nf-wdm-ioiswdmversionavailable',
  params: { MajorVersion: u8, MinorVersion: u8 },
  returns: 'bool',
  maxIrql: PASSIVE_LEVEL,
  run: (_kernel, { MajorVersion, MinorVersion }) =>
    MajorVersion < 6 || (MajorVersion === 6 && MinorVersion === 0),
});

const RtlGetNtProductType = service({
  name: 'RtlGetNtProductType',
  doc: 'ntifs.h',
  params: { NtProductType: ptr('NT_PRODUCT_TYPE') },
  returns: 'bool',
  run(kernel, { NtProductType }) {
    kernel.mmu.write(NtProductType, 4, BigInt(WINDOWS.product));
    return true;
  },
});

export const versionServices: readonly Service[] = [
  RtlGetVersion,
  PsGetVersion,
  VerSetConditionMask,
  RtlVerifyVersionInfo,
  RtlIsNtDdiVersionAvailable,
  RtlIsServicePackVersionInstalled,
  IoIsWdmVersionAvailable,
  RtlGetNtProductType,
];
