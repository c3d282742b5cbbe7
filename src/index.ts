/** The library: build a machine, give it devices and a driver, run phases, look at mappings and findings. */

export type { DeviceDeclaration } from './devices/declaration.ts';
export { type DeviceModel, device } from './devices/device.ts';
export type { DeviceTools } from './devices/device-file.ts';
export type { DeviceHost } from './devices/host.ts';
export type { RegisterRow } from './devices/register.ts';
export { DEVICES, deviceNamed } from './devices/registry.ts';
export type { Event, EventBody, EventKind, EventOf } from './events/event.ts';
export type { Frame, Stack } from './events/frame.ts';
export type { Framework, MappingFacts } from './events/mapping.ts';
export type { LedgerEntry, LifecycleStep, RunResult } from './events/run.ts';
export { type Blocking, callGuest, wait } from './kernel/effects.ts';
export { MmMapIoSpace, MmMapIoSpaceEx, MmUnmapIoSpace } from './kernel/mm/io-space.ts';
export { Machine, type MachineOptions } from './machine/machine.ts';
export { callService } from './machine/typescript-driver.ts';
export type { Mapping } from './mapping/ledger.ts';
export type { Finding } from './rules/finding.ts';
export { Judge } from './rules/judge.ts';
export { RULES } from './rules/registry.ts';
export type { NdisAdapter, SendOptions } from './scenario/ndis-adapter.ts';
export { loadNdisDriver, type NdisDriver } from './scenario/ndis-driver.ts';
export type { DriverRun, RunOptions } from './scenario/options.ts';
export { runDriver } from './scenario/run.ts';
export { loadWdmDriver, type WdmDevice, type WdmDriver } from './scenario/wdm-driver.ts';
export {
  type BusAddress,
  busAddress,
  hex,
  hexVa,
  type Pa,
  pa,
  type Va,
  va,
  vaAdd,
} from './units/address.ts';
export { HostError, InternalError } from './units/errors.ts';
export { isSuccess, type NtStatus, STATUS, statusName } from './units/status.ts';
export { ticks } from './units/ticks.ts';
