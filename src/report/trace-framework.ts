/** The `--trace` lines of what frameworks tell: adapter states, frames, log entries, mistakes. */
import type { Event } from '../events/event.ts';
import { hex } from '../units/address.ts';
import { ndisStatusName } from '../units/ndis-status.ts';

export type FrameworkEvent = Extract<
  Event,
  {
    kind:
      | 'adapter-state'
      | 'adapter-status'
      | 'miniport-reason'
      | 'log-entry'
      | 'frame'
      | 'traffic'
      | 'traffic-counters'
      | 'framework-misuse';
  }
>;

export function frameworkText(event: FrameworkEvent): string {
  switch (event.kind) {
    case 'adapter-state':
      return `adapter ${event.subject} is ${event.state}`;
    case 'adapter-status':
      return `adapter ${event.subject} indicates ${ndisStatusName(event.status)}`;
    case 'miniport-reason':
      return `${event.routine} because of ${event.reason}`;
    case 'log-entry': {
      const values = event.values.map(hex).join(' ');
      return `event log, by the ${event.by}: ${hex(event.code)}${values === '' ? '' : ` (${values})`}`;
    }
    case 'frame': {
      const status = event.status === null ? '' : ` ${ndisStatusName(event.status)}`;
      return `frame ${event.what} ${event.subject} ${event.length} bytes${status}`;
    }
    case 'traffic': {
      const { subject, given, sent, seen, received, indicated } = event;
      const onLink = seen === null ? '' : `, ${seen} on the link`;
      return `traffic of ${subject}: ${given} given, ${sent} sent${onLink}; ${received} received, ${indicated} indicated`;
    }
    case 'traffic-counters':
      return `counters of ${event.subject} ${event.agree ? 'agree' : 'disagree'}`;
    case 'framework-misuse':
      return `misuse of ${event.service}: ${event.problem}${event.detail === '' ? '' : `, ${event.detail}`}`;
    default:
      return event satisfies never;
  }
}
