/** WDM-ACC-STOPPED: a stopped device is touched. */
import type { Circumstances } from '../../events/event.ts';
import { hex, hexVa } from '../../units/address.ts';
import { contains } from '../range.ts';
import { rule } from '../rule.ts';
import { naming } from '../words.ts';
import { type Device, deviceOf, knownMapping } from '../world.ts';
import { pageFault } from './page-fault.ts';

export const wdmAccStopped = rule({
  id: 'WDM-ACC-STOPPED',
  severity: 'error',
  framework: 'wdm',
  summary: 'Between STOP and the next START no request is started that touches the device.',
  message: '{device}: {routine} accessed {what} while the device was stopped.',
  why: 'A stopped device has no resources: its address range may decode to another device until START comes with a new one.',
  fix: 'From QUERY_STOP on hold new requests in a queue, and start them when START has mapped the device again.',
  limits:
    "Needs a case that sends requests to a stopped device. An access by a routine that is not a request's (ISR, DPC, timer) after the unmap is WDM-ACC-AFTER-UNMAP.",
  doc: 'kernel/handling-an-irp-mn-stop-device-request--windows-2000-and-later-',
  sources: ['kernel/handling-an-irp-mn-stop-device-request--windows-2000-and-later-'],
  bad: `case IRP_MJ_READ:
    return ReadRegister(ext, Irp);`,
  good: `case IRP_MJ_READ:
    if (ext->Held) return QueueUntilStart(ext, Irp);
    return ReadRegister(ext, Irp);`,
  on: {
    access(event, report, _state, { world }) {
      const { mapping } = event;
      const device = deviceOf(world, knownMapping(world, mapping)?.device ?? null);
      if (mapping === null || device === undefined || !isStopped(device, event)) return;
      const what = `${hexVa(event.address)} (${naming(mapping)})`;
      report(
        event,
        { device: device.name, routine: event.callback ?? 'the driver', what },
        { mapping },
      );
    },
    'port-access'(event, report, _state, { world }) {
      const device = deviceOf(world, event.device);
      if (device === undefined || !isStopped(device, event)) return;
      const range = { start: event.port, length: event.size };
      if (!device.resources.some((it) => it.kind === 'port' && contains(it, range))) return;
      const what = `port ${hex(event.port)}`;
      report(event, { device: device.name, routine: event.callback ?? 'the driver', what });
    },
    'page-fault'(event, report, _state, { world }) {
      if (pageFault(event, world) !== 'WDM-ACC-STOPPED') return;
      const { mapping, device } = event;
      const what = `${hexVa(event.address)}, which STOP had unmapped`;
      report(event, { device, routine: event.callback ?? 'the driver', what }, { mapping });
    },
  },
});

/** Stopped, and no longer in the handler of the STOP itself. */
const isStopped = ({ state }: Device, { callback }: Circumstances): boolean =>
  state === 'stopped' && callback !== 'Dispatch IRP_MN_STOP_DEVICE';
