/** Trace lines of what virtual hardware did. */
import type { DeviceEvent } from '../events/device.ts';
import { hex } from '../units/address.ts';

export function deviceText(event: DeviceEvent): string {
  switch (event.kind) {
    case 'device-register': {
      const { subject, bar, offset, size, access, trouble } = event;
      return `${subject}: ${access} of BAR ${bar} +${hex(offset)} ${size}: ${trouble}`;
    }
    case 'device-dma': {
      const { subject, access, bus, length, trouble } = event;
      return `${subject}: DMA ${access} of bus ${hex(bus)} length ${hex(length)}${trouble === null ? '' : `: ${trouble}`}`;
    }
    case 'device-interrupt': {
      const { subject, what, line, message, vector } = event;
      if (line === null && message === null) return `${subject}: interrupt without line or message`;
      if (line !== null) return `${subject}: ${what} interrupt line ${line}`;
      return `${subject}: interrupt message ${message}${vector === null ? ', delivered nowhere' : ''}`;
    }
    case 'device-window':
      return `${event.subject}: BAR ${event.bar} ${event.what} at ${event.space} ${hex(event.start)}+${hex(event.length)}`;
    case 'device-misuse':
      return `${event.subject}: ${event.problem}: ${event.detail}`;
    case 'device-unplugged':
      return `${event.subject}: unplugged`;
    default:
      return event satisfies never;
  }
}
