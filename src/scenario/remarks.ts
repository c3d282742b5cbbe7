/** What is no broken contract and yet worth knowing: what hardware refused, names that led nowhere, frameworks misused. */
import type { DeviceEvent, DmaTrouble, RegisterTrouble } from '../events/device.ts';
import type { Event, EventOf } from '../events/event.ts';
import type { Remark } from '../events/run.ts';
import { hex, hexVa } from '../units/address.ts';
import { isSuccess, statusName } from '../units/status.ts';

/** Different remarks kept of one run. */
const MAX_REMARKS = 100;

/** Being switched off or gone is the rules' to judge. */
const REGISTER: Readonly<Record<RegisterTrouble, string | null>> = {
  'no-such-register': 'no register lies there',
  width: 'the register there does not take this width or alignment',
  'read-only': 'the register there is read-only',
  'write-only': 'the register there is write-only',
  'memory-full': 'the device keeps no more of what is written',
  asleep: null,
  unplugged: null,
};

const DMA: Readonly<Record<DmaTrouble, string | null>> = {
  'bus-master-off': 'bus mastering is off',
  'outside-ram': 'there is no RAM',
  'too-long': 'it is longer than a device may ask for',
  'outside-device': 'the memory of the device does not hold it',
  'address-clamped': 'the device has fewer address bits',
  unplugged: null,
};

/** Services that look a name up, and the answers that say there is none. */
const SEEKERS = new Set([
  'IoGetDeviceObjectPointer',
  'ObReferenceObjectByName',
  'ZwCreateFile',
  'ZwLoadDriver',
  'ZwOpenFile',
  'ZwOpenSection',
]);
const NOWHERE = new Set([
  'STATUS_OBJECT_NAME_NOT_FOUND',
  'STATUS_OBJECT_PATH_NOT_FOUND',
  'STATUS_NO_SUCH_DEVICE',
]);

type RegisterEvent = Extract<DeviceEvent, { readonly kind: 'device-register' }>;
type HardwareEvent = Extract<
  DeviceEvent,
  { readonly kind: 'device-dma' | 'device-interrupt' | 'device-misuse' }
>;

/** Accesses that one instruction made in vain, from the lowest offset to the highest. */
interface Refused {
  readonly event: RegisterEvent;
  readonly low: number;
  readonly high: number;
}

interface Noted extends Remark {
  readonly refused?: Refused;
}

export class Remarks {
  readonly #remarks = new Map<string, Noted>();
  /** What the driver last read of its hardware in the present START. */
  #lastRead: EventOf<'access'> | EventOf<'port-access'> | null = null;
  /** Names that running calls were given, by service. */
  readonly #sought = new Map<string, string>();

  get list(): readonly Remark[] {
    return [...this.#remarks.values()].map(({ refused, text, ...remark }) => ({
      ...remark,
      text: refused === undefined ? text : refusedText(refused),
    }));
  }

  see(event: Event): void {
    switch (event.kind) {
      case 'service-enter':
        this.#seek(event);
        break;
      case 'service-leave':
        this.#found(event);
        break;
      case 'phase-begin':
        this.#lastRead = null;
        break;
      case 'phase-end':
        this.#startEnds(event);
        break;
      case 'access':
      case 'port-access':
        if (event.access === 'read') this.#lastRead = event;
        break;
      case 'mdl':
        if (event.what === 'failed') {
          this.#note(event.device, `an MDL failed: ${event.detail}`, event);
        }
        break;
      case 'device-register':
        if (REGISTER[event.trouble] !== null) this.#refuse(event);
        break;
      case 'device-dma':
      case 'device-interrupt':
      case 'device-misuse': {
        const text = hardwareText(event);
        if (text !== null) this.#note(event.subject, text, event);
        break;
      }
      case 'framework-misuse':
        this.#note(event.device, misuseText(event), event);
        break;
      default:
        break;
    }
  }

  #seek({ service, pointees = {} }: EventOf<'service-enter'>): void {
    if (!SEEKERS.has(service)) return;
    const [name] = Object.values(pointees);
    if (name !== undefined) this.#sought.set(service, name);
  }

  #found(event: EventOf<'service-leave'>): void {
    const { service, result } = event;
    const name = this.#sought.get(service);
    if (name === undefined) return;
    this.#sought.delete(service);
    if (NOWHERE.has(result)) this.#note(null, `${service} of ${name}: ${result}`, event);
  }

  /** Where a START gave up is where its device has to answer otherwise. */
  #startEnds({ name, subject, status }: EventOf<'phase-end'>): void {
    const failed = (name === 'start' || name === 'restart') && status !== null;
    if (!failed || isSuccess(status) || this.#lastRead === null) return;
    const text = `before START answered ${statusName(status)} the driver ${readText(this.#lastRead)}`;
    this.#keep(`${subject} ${text}`, { subject, text, times: 1, at: [] });
  }

  #refuse(event: EventOf<'device-register'>): void {
    const { subject, bar, size, access, trouble, offset } = event;
    const [frame] = event.at;
    const key = `${bar} ${size} ${access} ${trouble} ${frame?.module} ${frame?.offset}`;
    const { low, high } = this.#remarks.get(key)?.refused ?? { low: offset, high: offset };
    const refused = { event, low: Math.min(low, offset), high: Math.max(high, offset) };
    this.#keep(key, { subject, text: '', times: 1, at: event.at, refused });
  }

  #note(subject: string | null, text: string, { at }: Event): void {
    this.#keep(`${subject} ${text}`, { subject, text, times: 1, at });
  }

  #keep(key: string, remark: Noted): void {
    const known = this.#remarks.get(key);
    if (known !== undefined) {
      const { subject, at, times } = known;
      this.#remarks.set(key, { ...remark, subject, at, times: times + 1 });
    } else if (this.#remarks.size < MAX_REMARKS) this.#remarks.set(key, remark);
  }
}

function readText(event: EventOf<'access'> | EventOf<'port-access'>): string {
  const read = `read ${hex(event.value)} (${event.size} bytes)`;
  if (event.kind === 'port-access') return `${read} from port ${hex(event.port)}`;
  const { mapping, address } = event;
  const where =
    mapping === null ? hexVa(address) : `mapping ${mapping.id} + ${hex(address - mapping.virtual)}`;
  return `${read} from ${where}`;
}

function refusedText({ event, low, high }: Refused): string {
  const { size, access, bar, trouble } = event;
  const where = low === high ? hex(low) : `${hex(low)} to ${hex(high)}`;
  return `${size}-byte ${access} of BAR ${bar} + ${where}: ${REGISTER[trouble]}`;
}

const LOST_INTERRUPT =
  'an interrupt went nowhere: the device has no line, and the bus has not switched its messages on';

function hardwareText(event: HardwareEvent): string | null {
  if (event.kind === 'device-misuse') return `${event.problem}: ${event.detail}`;
  if (event.kind === 'device-interrupt') {
    return event.line === null && event.message === null ? LOST_INTERRUPT : null;
  }
  const { access, bus, length, trouble } = event;
  const why = trouble === null ? null : DMA[trouble];
  return why && `DMA ${access} of ${length} bytes at bus address ${hex(bus)}: ${why}`;
}

/** What a driver does with its framework against the documentation, in matters that no rule is about. */
const misuseText = ({ service, problem, detail }: EventOf<'framework-misuse'>): string =>
  `${service}: ${problem.replaceAll('-', ' ')}${detail === '' ? '' : `, ${detail}`}`;
