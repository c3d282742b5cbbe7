/** The function device of an adapter: NDIS answers Plug and Play and power for its miniports ("NDIS as a function driver"). */
import type { Blocking } from '../../kernel/effects.ts';
import { completeRequest } from '../../kernel/io/complete-request.ts';
import { devices } from '../../kernel/io/devices.ts';
import { IRP_MJ, IRP_MN_POWER, IRP_MN_PNP as MN } from '../../kernel/io/function-codes.ts';
import { IRP } from '../../kernel/io/irp-layout.ts';
import { forwardAndWait } from '../../kernel/io/irp-services.ts';
import { currentLocation } from '../../kernel/io/irps.ts';
import { DEVICE_OBJECT, DO } from '../../kernel/io/layout.ts';
import { nodes } from '../../kernel/io/pnp/nodes.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { NULL, type Va } from '../../units/address.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { isSuccess, type NtStatus, ntStatus, STATUS } from '../../units/status.ts';
import { type Adapter, adapters } from './adapter.ts';
import { callMiniport } from './call.ts';
import { deviceRequest } from './device-objects.ts';
import { entryOf, type MiniportDriver } from './miniport-driver.ts';
import { models } from './models.ts';
import { setSystemPower } from './power.ts';

const FILE_DEVICE_PHYSICAL_NETCARD = 0x17;
const FILE_DEVICE_SECURE_OPEN = 0x100;
/** POWER_STATE_TYPE SystemPowerState. */
const SYSTEM_POWER_STATE = 0n;

/** Makes the adapter's device on top of the PDO's stack and tells a miniport that asked to know. */
export function* addDevice(kernel: Kernel, driver: MiniportDriver, pdo: Va): Blocking<NtStatus> {
  const node = nodes(kernel).byPdo(pdo);
  if (node === undefined) return STATUS.NO_SUCH_DEVICE;
  const { status, device } = devices(kernel).create({
    driver: driver.driverObject,
    extensionBytes: 0,
    name: `\\Device\\NDMP${node.instance + 1}`,
    type: FILE_DEVICE_PHYSICAL_NETCARD,
    characteristics: FILE_DEVICE_SECURE_OPEN,
    exclusive: false,
    subject: node.subject,
  });
  if (!isSuccess(status)) return status;
  const lower = devices(kernel).attach(device, pdo);
  const view = DEVICE_OBJECT.at(kernel.mmu, device);
  view.Flags = (view.Flags & ~DO.DEVICE_INITIALIZING) | DO.DIRECT_IO;
  const adapter = adapters(kernel).add({ driver, node, fdo: device, lower });
  const added = yield* callPnp(kernel, adapter, 'MiniportAddDevice', [
    adapter.handle,
    driver.context,
  ]);
  if (added !== NDIS_STATUS.SUCCESS) yield* discard(kernel, adapter);
  return added;
}

/** An entry of NDIS_MINIPORT_PNP_CHARACTERISTICS; success where the miniport has none. */
function* callPnp(
  kernel: Kernel,
  { driver, subject }: Adapter,
  routine: string,
  args: readonly bigint[],
): Blocking<NtStatus> {
  const entry = entryOf(driver.pnp, routine);
  return ntStatus(yield* callMiniport(kernel, { routine, subject, entry, args }));
}

function* discard(kernel: Kernel, adapter: Adapter): Blocking<void> {
  devices(kernel).detach(adapter.lower);
  yield* devices(kernel).delete(adapter.fdo);
  adapters(kernel).remove(adapter);
}

export function* dispatch(kernel: Kernel, device: Va, irp: Va): Blocking<NtStatus> {
  const adapter = adapters(kernel).byFdo(device);
  if (adapter === undefined) return yield* deviceRequest(kernel, device, irp);
  const { MajorFunction, MinorFunction } = currentLocation(kernel, irp);
  switch (MajorFunction) {
    case IRP_MJ.PNP:
      return yield* pnp(kernel, adapter, irp, MinorFunction);
    case IRP_MJ.POWER:
      return yield* power(kernel, adapter, irp, MinorFunction);
    case IRP_MJ.CREATE:
    case IRP_MJ.CLEANUP:
    case IRP_MJ.CLOSE:
      return yield* complete(kernel, irp, STATUS.SUCCESS);
    case IRP_MJ.SYSTEM_CONTROL:
      return yield* passDown(kernel, adapter, irp);
    default:
      return yield* complete(kernel, irp, STATUS.INVALID_DEVICE_REQUEST);
  }
}

function* complete(kernel: Kernel, irp: Va, status: NtStatus): Blocking<NtStatus> {
  IRP.at(kernel.mmu, irp).IoStatus.Status = status;
  yield* completeRequest(kernel, irp);
  return status;
}

/** What the drivers below answered; the packet is ours again. */
function* ask(kernel: Kernel, { lower }: Adapter, irp: Va): Blocking<NtStatus> {
  yield* forwardAndWait(kernel, lower, irp);
  return ntStatus(IRP.at(kernel.mmu, irp).IoStatus.Status);
}

function* passDown(kernel: Kernel, adapter: Adapter, irp: Va): Blocking<NtStatus> {
  const status = yield* ask(kernel, adapter, irp);
  yield* completeRequest(kernel, irp);
  return status;
}

function* passDownDone(kernel: Kernel, adapter: Adapter, irp: Va): Blocking<NtStatus> {
  IRP.at(kernel.mmu, irp).IoStatus.Status = STATUS.SUCCESS;
  return yield* passDown(kernel, adapter, irp);
}

function* pnp(kernel: Kernel, adapter: Adapter, irp: Va, minor: number): Blocking<NtStatus> {
  switch (minor) {
    case MN.START_DEVICE:
      return yield* start(kernel, adapter, irp);
    case MN.FILTER_RESOURCE_REQUIREMENTS:
      return yield* filterRequirements(kernel, adapter, irp);
    case MN.STOP_DEVICE:
      yield* halt(kernel, adapter, 'NdisHaltDeviceStopped');
      return yield* passDownDone(kernel, adapter, irp);
    case MN.SURPRISE_REMOVAL:
      yield* lose(kernel, adapter);
      return yield* passDownDone(kernel, adapter, irp);
    case MN.REMOVE_DEVICE:
      return yield* remove(kernel, adapter, irp);
    case MN.QUERY_STOP_DEVICE:
    case MN.CANCEL_STOP_DEVICE:
    case MN.QUERY_REMOVE_DEVICE:
    case MN.CANCEL_REMOVE_DEVICE:
      return yield* passDownDone(kernel, adapter, irp);
    default:
      return yield* passDown(kernel, adapter, irp);
  }
}

/** The miniport has its say after the drivers below; when it fails, theirs stands. */
function* filterRequirements(kernel: Kernel, adapter: Adapter, irp: Va): Blocking<NtStatus> {
  const routine = 'MiniportFilterResourceRequirements';
  const below = yield* ask(kernel, adapter, irp);
  if (entryOf(adapter.driver.pnp, routine) === NULL) return yield* complete(kernel, irp, below);
  const status = yield* callPnp(kernel, adapter, routine, [adapter.addDeviceContext, irp]);
  return yield* complete(kernel, irp, status === NDIS_STATUS.SUCCESS ? STATUS.SUCCESS : below);
}

function* start(kernel: Kernel, adapter: Adapter, irp: Va): Blocking<NtStatus> {
  const asked = yield* callPnp(kernel, adapter, 'MiniportStartDevice', [
    adapter.addDeviceContext,
    irp,
  ]);
  const below = isSuccess(asked) ? yield* ask(kernel, adapter, irp) : asked;
  const status = isSuccess(below) ? yield* models(adapter).initialize(kernel, adapter) : below;
  return yield* complete(kernel, irp, status);
}

/** Pauses first, as from every state but paused. */
function* halt(
  kernel: Kernel,
  adapter: Adapter,
  action: 'NdisHaltDeviceStopped' | 'NdisHaltDeviceDisabled' | 'NdisHaltDeviceSurpriseRemoved',
): Blocking<void> {
  if (adapter.state === 'halted' || adapter.state === 'shutdown') return;
  const model = models(adapter);
  yield* model.pause(kernel, adapter);
  yield* model.halt(kernel, adapter, action);
}

/** Surprise removal as Windows 7 and later handle it: the miniport is halted here, not at REMOVE. */
function* lose(kernel: Kernel, adapter: Adapter): Blocking<void> {
  adapter.isLost = true;
  if (adapter.state === 'halted' || adapter.state === 'shutdown') return;
  yield* models(adapter).pnpEvent(kernel, adapter, 'NdisDevicePnPEventSurpriseRemoved');
  yield* halt(kernel, adapter, 'NdisHaltDeviceSurpriseRemoved');
}

function* remove(kernel: Kernel, adapter: Adapter, irp: Va): Blocking<NtStatus> {
  yield* halt(kernel, adapter, 'NdisHaltDeviceDisabled');
  yield* callPnp(kernel, adapter, 'MiniportRemoveDevice', [adapter.addDeviceContext]);
  const status = yield* passDownDone(kernel, adapter, irp);
  yield* discard(kernel, adapter);
  return status;
}

/** The miniport follows the system's state; the device itself follows in a request of its own. */
function* power(kernel: Kernel, adapter: Adapter, irp: Va, minor: number): Blocking<NtStatus> {
  const { Argument2, Argument3 } = currentLocation(kernel, irp);
  const isSystem = Argument2 === SYSTEM_POWER_STATE;
  if (minor === IRP_MN_POWER.SET_POWER && isSystem) {
    yield* setSystemPower(kernel, adapter, Number(BigInt.asUintN(32, Argument3)));
  }
  return yield* passDownDone(kernel, adapter, irp);
}
