/** The `--trace` lines: events in order, indented by who called whom, a call and its answer on one line where nothing lies between. */
import type { Event, EventOf } from '../events/event.ts';
import type { MappingFacts } from '../events/mapping.ts';
import { hex, hexVa } from '../units/address.ts';
import { irqlName } from '../units/irql.ts';
import { statusName } from '../units/status.ts';
import { printable } from './paint.ts';
import { frameText } from './text.ts';
import { deviceText } from './trace-device.ts';
import { frameworkText } from './trace-framework.ts';

const MAX_DEPTH = 40;

export interface Trace {
  /** Lines that this event completes, without line ends. */
  see(event: Event): readonly string[];
  /** A call still open when the run ended. */
  end(): readonly string[];
}

export function createTrace(): Trace {
  let depth = 0;
  let held: EventOf<'service-enter'> | null = null;

  const at = (text: string): string => '  '.repeat(Math.min(depth, MAX_DEPTH)) + printable(text);
  const release = (): string[] => {
    if (held === null) return [];
    const line = at(callText(held));
    held = null;
    depth += 1;
    return [line];
  };
  const leave = (text: string): string => {
    depth = Math.max(0, depth - 1);
    return at(text);
  };
  const enter = (text: string): string => {
    const line = at(text);
    depth += 1;
    return line;
  };

  function see(event: Event): readonly string[] {
    if (event.kind === 'service-leave' && held !== null && held.service === event.service) {
      const line = at(`${callText(held)}${answerText(event)}`);
      held = null;
      return [line];
    }
    const lines = release();
    switch (event.kind) {
      case 'service-enter':
        held = event;
        return lines;
      case 'service-leave':
        return [...lines, leave(`${event.service}${answerText(event)}`)];
      case 'phase-begin':
        depth = 0;
        return [...lines, at(`== ${event.name}${subjectText(event.subject)}`)];
      case 'callback-enter':
        return [...lines, enter(`-> ${event.routine}${subjectText(event.subject)}`)];
      case 'callback-leave':
        return [...lines, leave(`<- ${event.routine}${statusText(event.status)}`)];
      default: {
        const text = plainText(event);
        return text === null ? lines : [...lines, at(text)];
      }
    }
  }

  return { see, end: release };
}

const subjectText = (subject: string | null): string => (subject === null ? '' : ` ${subject}`);
const statusText = (status: number | null): string =>
  status === null ? '' : ` ${statusName(status)}`;
const mappingText = (mapping: MappingFacts | null): string =>
  mapping === null ? 'no mapping' : `mapping ${mapping.id}`;

function callText(event: EventOf<'service-enter'>): string {
  const args = Object.entries(event.args).map(([name, value]) => {
    const pointee = event.pointees?.[name];
    return `${name}=${value}${pointee === undefined ? '' : ` ${pointee}`}`;
  });
  return `${event.service}(${args.join(', ')})`;
}

function answerText({ result, outputs = {} }: EventOf<'service-leave'>): string {
  const written = Object.entries(outputs).map(([name, value]) => ` *${name}=${value}`);
  return `${result === '' ? '' : ` = ${result}`}${written.join('')}`;
}

function accessText(event: EventOf<'access'>): string {
  const { mapping } = event;
  const arrow = event.access === 'read' ? '->' : '<-';
  const where =
    mapping === null ? hexVa(event.address) : `+${hex(event.address - mapping.virtual)}`;
  const outside = event.inside ? '' : ' outside the mapped length';
  return `${event.access} ${mappingText(mapping)} ${where} ${event.size} ${arrow} ${hex(event.value)}${outside}`;
}

function plainText(event: Exclude<Event, { kind: Bracket }>): string | null {
  switch (event.kind) {
    case 'phase-end':
      return `== end of ${event.name}${subjectText(event.subject)}${statusText(event.status)}`;
    case 'irql':
      return `IRQL ${irqlName(event.from)} to ${irqlName(event.to)}`;
    case 'map': {
      const { id, physical, length, virtual, cacheType } = event.mapping;
      return `mapping ${id}: physical ${hex(physical)} length ${hex(length)} at ${hexVa(virtual)} ${cacheType}`;
    }
    case 'map-failed':
      return `no mapping of physical ${hex(event.call.physical)}: ${event.reason}`;
    case 'unmap':
      return `unmap ${hexVa(event.base)}${event.length === null ? '' : ` length ${hex(event.length)}`}: ${event.match}, ${mappingText(event.mapping)}`;
    case 'mapping-ended':
      return `mapping ${event.mapping.id} ended`;
    case 'access':
      return accessText(event);
    case 'port-access':
      return `${event.access} port ${hex(event.port)} ${event.size} ${event.access === 'read' ? '->' : '<-'} ${hex(event.value)}${event.claimed ? '' : ' (nobody answers)'}`;
    case 'page-fault':
      return `page fault: ${event.access} ${hexVa(event.address)} ${event.reason}, ${event.description}${event.at[0] === undefined ? '' : ` at ${frameText(event.at[0])}`}`;
    case 'resources':
      return `resources of ${event.subject}: ${event.resources.map(({ kind, start, length }) => `${kind} ${hex(start)}+${hex(length)}`).join(', ')}`;
    case 'lower-start':
      return `drivers below started ${event.subject}: ${statusName(event.status)}`;
    case 'irp':
      return `irp ${event.what} ${event.name}${subjectText(event.subject)}${statusText(event.status)}`;
    case 'interrupt':
    case 'device-object':
      return `${event.kind} ${event.what}${subjectText(event.subject)}`;
    case 'mdl':
      return `mdl ${event.what} ${hexVa(event.mdl)} ${event.detail}`;
    case 'copy-memory':
      return `copy of physical ${hex(event.physical)} length ${hex(event.length)}: ${event.backing}`;
    case 'process-ended':
      return `process ${event.ended} ended`;
    case 'debug-print':
      return `print: ${event.text.trimEnd()}`;
    case 'stubbed':
      return `${event.service} stubbed = ${event.value}`;
    case 'bugcheck':
      return `bug check ${hex(event.code)} ${event.name} (${event.parameters.map(hex).join(', ')})`;
    case 'adapter-state':
    case 'adapter-status':
    case 'miniport-reason':
    case 'log-entry':
    case 'frame':
    case 'traffic':
    case 'traffic-counters':
    case 'framework-misuse':
      return frameworkText(event);
    default:
      return deviceText(event);
  }
}

type Bracket =
  | 'service-enter'
  | 'service-leave'
  | 'phase-begin'
  | 'callback-enter'
  | 'callback-leave';
