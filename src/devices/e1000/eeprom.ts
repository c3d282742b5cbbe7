/** The 64-word Microwire EEPROM of the 82540EM: contents, the four wires, and reads through EERD (Intel 317453, 5.4 to 5.6, 13.4.3, 13.4.4). */
import { ticks } from '../../units/ticks.ts';
import type { DeviceHost } from '../host.ts';
import * as spec from '../spec/e1000.ts';
import * as chip from '../spec/e1000-phy.ts';
import {
  type E1000State,
  freshMicrowire,
  isOn,
  type MicrowireState,
  registerOf,
  setRegister,
} from './state.ts';

/** How long EERD takes; the manual gives no duration. */
const READ_TIME = ticks(100n);

export function eepromFor(mac: Uint8Array): number[] {
  const words = new Array<number>(chip.EEPROM_WORDS).fill(0);
  for (let i = 0; i < 3; i++) words[i] = (mac[i * 2] ?? 0) | ((mac[i * 2 + 1] ?? 0) << 8);
  words[chip.WORD_RESERVED_4] = 0xffff;
  words[chip.WORD_INITIALIZATION_1] = chip.INITIALIZATION_1;
  words[chip.WORD_SUBSYSTEM_ID] = spec.SUBSYSTEM_ID;
  words[chip.WORD_SUBSYSTEM_VENDOR] = spec.VENDOR_ID;
  words[chip.WORD_DEVICE_ID] = spec.DEVICE_ID;
  words[chip.WORD_VENDOR_ID] = spec.VENDOR_ID;
  words[chip.WORD_INITIALIZATION_2] = chip.INITIALIZATION_2;
  const sum = words.reduce((total, word) => total + word, 0);
  words[chip.WORD_CHECKSUM] = (chip.CHECKSUM_TOTAL - sum) & 0xffff;
  return words;
}

/** The address that the EEPROM gives to the first receive address register. */
export function loadReceiveAddress(state: E1000State, host: DeviceHost): void {
  const [low = 0, middle = 0, high = 0] = state.eeprom;
  setRegister(host, 'RAL[0]', (low | (middle << 16)) >>> 0);
  setRegister(host, 'RAH[0]', (high | spec.RAH_AV) >>> 0);
}

export function startRead(_state: E1000State, value: number, host: DeviceHost): void {
  setRegister(host, 'EERD', value & ~spec.EERD_DONE);
  if (isOn(value, spec.EERD_START)) host.after(READ_TIME, 'eepromRead');
}

export function finishRead(state: E1000State, host: DeviceHost): void {
  const address = (registerOf(host, 'EERD') >>> spec.EERD_ADDR_SHIFT) & 0xff;
  const word = state.eeprom[address] ?? 0xffff;
  setRegister(
    host,
    'EERD',
    (word << spec.EERD_DATA_SHIFT) | (address << spec.EERD_ADDR_SHIFT) | spec.EERD_DONE,
  );
}

export function readControl(state: E1000State, stored: number): number {
  const granted = isOn(stored, spec.EECD_EE_REQ) ? spec.EECD_EE_GNT : 0;
  return stored | granted | spec.EECD_EE_PRES | (state.microwire.dataOut ? spec.EECD_DO : 0);
}

/** Software wiggles the wires; the EEPROM looks at them when the clock rises. */
export function writeControl(state: E1000State, value: number): void {
  const wire = state.microwire;
  const selected = isOn(value, spec.EECD_CS) && isOn(value, spec.EECD_EE_REQ);
  const clock = isOn(value, spec.EECD_SK);
  const rises = clock && !wire.clock;
  if (!selected) {
    state.microwire = { ...freshMicrowire(), writeEnabled: wire.writeEnabled, clock };
    return;
  }
  wire.selected = true;
  wire.clock = clock;
  if (rises) clockIn(state, wire, isOn(value, spec.EECD_DI));
}

function clockIn(state: E1000State, wire: MicrowireState, bit: boolean): void {
  if (wire.outBits > 0) {
    wire.outBits -= 1;
    wire.dataOut = ((wire.out >>> wire.outBits) & 1) !== 0;
    if (wire.outBits === 0) present(state, wire, wire.address + 1);
    return;
  }
  const started = wire.count > 0 || bit;
  if (!started || wire.count >= chip.MICROWIRE_WRITE_BITS) return;
  wire.bitsIn = wire.bitsIn * 2 + (bit ? 1 : 0);
  wire.count += 1;
  if (wire.count === chip.MICROWIRE_COMMAND_BITS) command(state, wire);
  if (wire.count === chip.MICROWIRE_WRITE_BITS) write(state, wire);
}

/** Words follow each other as long as the clock runs. */
function present(state: E1000State, wire: MicrowireState, address: number): void {
  wire.address = address % chip.EEPROM_WORDS;
  wire.out = state.eeprom[wire.address] ?? 0xffff;
  wire.outBits = 16;
}

function command(state: E1000State, wire: MicrowireState): void {
  const operation = (wire.bitsIn >>> 6) & 0x3;
  const address = wire.bitsIn & 0x3f;
  if (operation === chip.MICROWIRE_READ) {
    wire.dataOut = false;
    present(state, wire, address);
  } else if (operation === chip.MICROWIRE_ERASE) {
    if (wire.writeEnabled) state.eeprom[address] = 0xffff;
  } else if (operation === chip.MICROWIRE_EXTENDED) {
    const extended = address >>> 4;
    if (extended === chip.MICROWIRE_WRITE_ENABLE) wire.writeEnabled = true;
    if (extended === chip.MICROWIRE_WRITE_DISABLE) wire.writeEnabled = false;
  }
}

function write(state: E1000State, wire: MicrowireState): void {
  const operation = Math.floor(wire.bitsIn / 2 ** 22) & 0x3;
  if (operation !== chip.MICROWIRE_WRITE || !wire.writeEnabled) return;
  state.eeprom[(wire.bitsIn >>> 16) & 0x3f] = wire.bitsIn & 0xffff;
}
