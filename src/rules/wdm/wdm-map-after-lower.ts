/** WDM-MAP-AFTER-LOWER: hardware is mapped or touched before the drivers below have started it. */
import { hex } from '../../units/address.ts';
import { isIoSpace } from '../leftovers.ts';
import { contains } from '../range.ts';
import { rule } from '../rule.ts';
import { naming } from '../words.ts';
import { type Device, deviceOf, isStart } from '../world.ts';

export const wdmMapAfterLower = rule({
  id: 'WDM-MAP-AFTER-LOWER',
  severity: 'error',
  framework: 'wdm',
  summary:
    'A function driver maps and touches hardware only after the drivers below have completed START with success.',
  message: '{device}: {deed} {before}.',
  why: 'Until the bus driver has handled START the device may be without power and its address decoders off. If a driver below failed, the device will never work and no start work is due.',
  fix: 'Set a completion routine, pass START down, wait for it, look at its status, and only then map.',
  limits: 'Concerns function drivers; a bus driver starts its devices on the way up as well.',
  doc: 'kernel/starting-a-device-in-a-function-driver',
  sources: [
    'kernel/starting-a-device-in-a-function-driver',
    'kernel/postponing-pnp-irp-processing-until-lower-drivers-finish',
  ],
  bad: `case IRP_MN_START_DEVICE:
    ext->Base = MmMapIoSpace(start, length, MmNonCached);
    return PassDown(ext, Irp);`,
  good: `case IRP_MN_START_DEVICE:
    status = ForwardAndWait(ext, Irp);
    if (NT_SUCCESS(status)) status = MapHardware(ext, Irp);
    return Complete(Irp, status);`,
  on: {
    map(event, report, _state, { world }) {
      const device = deviceOf(world, event.device);
      if (device === undefined || !isTooEarly(device) || !isIoSpace(event.mapping)) return;
      const facts = { device: device.name, deed: `${naming(event.mapping)} was called` };
      report(event, { ...facts, before: beforeWhat(device) }, { mapping: event.mapping });
    },
    'port-access'(event, report, _state, { world }) {
      const device = deviceOf(world, event.device);
      if (device === undefined || !isTooEarly(device)) return;
      const range = { start: event.port, length: event.size };
      if (!device.resources.some((it) => it.kind === 'port' && contains(it, range))) return;
      const facts = { device: device.name, deed: `port ${hex(event.port)} was accessed` };
      report(event, { ...facts, before: beforeWhat(device) });
    },
  },
});

const isTooEarly = ({ phase, lower }: Device): boolean =>
  phase !== null && isStart(phase) && lower !== 'started';

const beforeWhat = ({ lower }: Device): string =>
  lower === 'failed'
    ? 'although the drivers below had failed IRP_MN_START_DEVICE'
    : 'before the drivers below had completed IRP_MN_START_DEVICE';
