/** WDM-ACC-SURPRISE: a device that is gone is touched. */
import type { Circumstances } from '../../events/event.ts';
import { hex, hexVa } from '../../units/address.ts';
import { contains } from '../range.ts';
import { rule } from '../rule.ts';
import { naming } from '../words.ts';
import { type Device, deviceOf, knownMapping } from '../world.ts';
import { pageFault } from './page-fault.ts';

export const wdmAccSurprise = rule({
  id: 'WDM-ACC-SURPRISE',
  severity: 'error',
  framework: 'wdm',
  summary: 'From SURPRISE_REMOVAL on the device is not accessed.',
  message: '{device}: {routine} accessed {what} after the device had been removed by surprise.',
  why: 'Nothing answers: reads return all ones, and a loop that waits for a bit to clear never ends. If the range was given away, the access reaches another device.',
  fix: 'Set a flag in the SURPRISE_REMOVAL handler, test it before every access, and leave out the steps that quiet the hardware in the release routine.',
  limits:
    'Until the SURPRISE_REMOVAL handler has returned, interrupt routines and DPCs may still run into the device; that is not reported.',
  doc: 'kernel/handling-an-irp-mn-surprise-removal-request',
  sources: ['kernel/handling-an-irp-mn-surprise-removal-request'],
  bad: `case IRP_MN_SURPRISE_REMOVAL:
    WRITE_REGISTER_ULONG(&ext->Regs->InterruptMask, 0);
    ReleaseHardware(ext);`,
  good: `case IRP_MN_SURPRISE_REMOVAL:
    ext->Gone = TRUE;
    ReleaseHardware(ext);               /* touches no register when Gone */`,
  on: {
    access(event, report, _state, { world }) {
      const { mapping } = event;
      const device = deviceOf(world, knownMapping(world, mapping)?.device ?? null);
      if (mapping === null || device === undefined || !isGone(device, event)) return;
      const what = `${hexVa(event.address)} (${naming(mapping)})`;
      report(
        event,
        { device: device.name, routine: event.callback ?? 'the driver', what },
        { mapping },
      );
    },
    'port-access'(event, report, _state, { world }) {
      const device = deviceOf(world, event.device);
      if (device === undefined || !isGone(device, event)) return;
      const range = { start: event.port, length: event.size };
      if (!device.resources.some((it) => it.kind === 'port' && contains(it, range))) return;
      const what = `port ${hex(event.port)}`;
      report(event, { device: device.name, routine: event.callback ?? 'the driver', what });
    },
    'page-fault'(event, report, _state, { world }) {
      if (pageFault(event, world) !== 'WDM-ACC-SURPRISE') return;
      const { mapping, device } = event;
      const what = `${hexVa(event.address)}, which had been unmapped`;
      report(event, { device, routine: event.callback ?? 'the driver', what }, { mapping });
    },
  },
});

/** Gone, and the routine could know it. */
function isGone({ state, phase }: Device, { callback }: Circumstances): boolean {
  if (state !== 'surprise-removed') return false;
  return phase !== 'surprise-removal' || callback?.startsWith('Dispatch') === true;
}
