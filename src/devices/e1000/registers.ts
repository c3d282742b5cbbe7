/** The register map of the 82540EM (Intel 317453, tables 13-2 and 13-3). */
import type { DeviceHost } from '../host.ts';
import type { RegisterRow } from '../register.ts';
import * as spec from '../spec/e1000.ts';
import { readControl as readWires, startRead, writeControl as writeWires } from './eeprom.ts';
import { cause, clearCauses, readCauses, setMask, writeReceiveDelay } from './interrupts.ts';
import { kickTransmit, readStatus } from './link.ts';
import { startTransaction } from './phy.ts';
import { drain, writeReceiveControl } from './receive.ts';
import { writeControl } from './reset.ts';
import { type E1000State, setRegister } from './state.ts';
import { writeTransmitControl } from './transmit.ts';

type Row = RegisterRow<E1000State>;

const CONTROL: readonly Row[] = [
  {
    name: 'CTRL',
    at: spec.CTRL,
    size: 4,
    access: 'rw',
    reset: spec.CTRL_RESET,
    summary: 'link up, speed, reset, VLANs',
    write: writeControl,
  },
  {
    name: 'STATUS',
    at: spec.STATUS,
    size: 4,
    access: 'ro',
    summary: 'link, speed, duplex',
    read: readStatus,
  },
  {
    name: 'EECD',
    at: spec.EECD,
    size: 4,
    access: 'rw',
    reset: spec.EECD_FWE_DISABLED,
    writable: spec.EECD_WRITABLE,
    summary: 'the four wires of the EEPROM',
    read: (state, _host, stored) => readWires(state, stored),
    write: writeWires,
  },
  {
    name: 'EERD',
    at: spec.EERD,
    size: 4,
    access: 'rw',
    summary: 'reads an EEPROM word',
    write: startRead,
  },
  {
    name: 'MDIC',
    at: spec.MDIC,
    size: 4,
    access: 'rw',
    writable: spec.MDIC_WRITABLE,
    summary: 'reads and writes PHY registers',
    write: startTransaction,
  },
];

const INTERRUPTS: readonly Row[] = [
  {
    name: 'ICR',
    at: spec.ICR,
    size: 4,
    access: 'rw',
    summary: 'interrupt causes; reading clears, writing ones clears',
    read: readCauses,
    write: clearCauses,
  },
  { name: 'ITR', at: spec.ITR, size: 4, access: 'rw', writable: 0xffff, summary: 'throttle' },
  {
    name: 'ICS',
    at: spec.ICS,
    size: 4,
    access: 'wo',
    summary: 'sets causes',
    write: (state, value, host) => cause(state, host, value),
  },
  {
    name: 'IMS',
    at: spec.IMS,
    size: 4,
    access: 'rw',
    summary: 'mask; writing ones enables',
    read: (state) => state.mask,
    write: (state, value, host) => setMask(state, state.mask | value, host),
  },
  {
    name: 'IMC',
    at: spec.IMC,
    size: 4,
    access: 'wo',
    summary: 'writing ones disables',
    write: (state, value, host) => setMask(state, state.mask & ~value, host),
  },
];

/** Base, length, head and tail of a ring; `kick` hears of a new tail. */
const ring = (
  name: 'RD' | 'TD',
  at: number,
  kick: (state: E1000State, host: DeviceHost) => void,
): readonly Row[] => {
  const row = (suffix: string, offset: number, writable: number): Row => ({
    name: `${name}${suffix}`,
    at: at + offset,
    size: 4,
    access: 'rw',
    writable,
  });
  return [
    row('BAL', 0x00, spec.RING_BASE_WRITABLE),
    row('BAH', 0x04, 0xffff_ffff),
    row('LEN', 0x08, spec.RING_LENGTH_WRITABLE),
    row('H', 0x10, 0xffff),
    {
      name: `${name}T`,
      at: at + 0x18,
      size: 4,
      access: 'rw',
      writable: 0xffff,
      summary: 'the first descriptor that is not the device’s',
      write: (state, _value, host) => kick(state, host),
    },
  ];
};

const RINGS: readonly Row[] = [
  {
    name: 'RCTL',
    at: spec.RCTL,
    size: 4,
    access: 'rw',
    summary: 'receive control',
    write: writeReceiveControl,
  },
  {
    name: 'TCTL',
    at: spec.TCTL,
    size: 4,
    access: 'rw',
    summary: 'transmit control',
    write: writeTransmitControl,
  },
  ...ring('RD', 0x2800, drain),
  ...ring('TD', 0x3800, kickTransmit),
  {
    name: 'RDTR',
    at: spec.RDTR,
    size: 4,
    access: 'rw',
    summary: 'receive interrupt delay',
    write: writeReceiveDelay,
  },
];

const kept = spec.KEPT.map(
  ([name, at, reset = 0]): Row => ({ name, at, size: 4, access: 'rw', reset }),
);

const keptArrays = spec.KEPT_ARRAYS.map(
  ([name, at, count, stride]): Row => ({ name, at, size: 4, access: 'rw', count, stride }),
);

const statistics = spec.STATISTICS.map(
  ([name, at]): Row => ({ name, at, size: 4, access: 'rc', writable: 0 }),
);

const octets = spec.OCTET_STATISTICS.flatMap(([name, at]): Row[] => [
  { name: `${name}L`, at, size: 4, access: 'ro' },
  {
    name: `${name}H`,
    at: at + 4,
    size: 4,
    access: 'rc',
    writable: 0,
    read: (_state, host, stored) => {
      setRegister(host, `${name}L`, 0);
      return stored;
    },
  },
]);

export const REGISTERS: readonly Row[] = [
  ...CONTROL,
  ...INTERRUPTS,
  ...RINGS,
  ...kept,
  ...keptArrays,
  ...statistics,
  ...octets,
];

/** Two ports through which all registers can be reached (13.2.2). */
export const PORTS: readonly Row[] = [
  {
    name: 'IOADDR',
    at: spec.IOADDR,
    size: 4,
    access: 'rw',
    writable: spec.IOADDR_WRITABLE,
    summary: 'which register IODATA stands for',
  },
  {
    name: 'IODATA',
    at: spec.IODATA,
    size: 4,
    access: 'rw',
    summary: 'that register',
    read: (_state, host) => {
      const at = Number(host.registers.get('IOADDR'));
      if (at >= spec.REGISTER_BYTES) return 0xffff_ffff;
      return Number(host.own.read(spec.REGISTER_BAR, at, 4));
    },
    write: (_state, value, host) => {
      const at = Number(host.registers.get('IOADDR'));
      if (at < spec.REGISTER_BYTES) host.own.write(spec.REGISTER_BAR, at, 4, BigInt(value));
    },
  },
];
