/** Power-up and the software reset of the 82540EM (Intel 317453, 14.7, 13.4.1). */
import type { DeviceHost } from '../host.ts';
import * as spec from '../spec/e1000.ts';
import { eepromFor, loadReceiveAddress } from './eeprom.ts';
import { refreshInterrupt } from './interrupts.ts';
import { refreshLink } from './link.ts';
import { freshPhy, holdPhy } from './phy.ts';
import {
  type E1000State,
  freshMicrowire,
  freshReceive,
  freshTransmit,
  isOn,
  setRegister,
} from './state.ts';

/** Timers of the controller itself; the PHY goes on by its own. */
const CONTROLLER_TIMERS = [
  'transmit',
  'throttle',
  'receiveDelay',
  'receiveAbsolute',
  'transmitDelay',
  'transmitAbsolute',
  'eepromRead',
  'mdi',
] as const;

export const initialState = (): E1000State => ({
  eeprom: [],
  microwire: freshMicrowire(),
  phy: freshPhy(false),
  transmit: freshTransmit(),
  receive: freshReceive(),
  causes: 0,
  mask: 0,
  asserted: false,
  quietUntil: 0n,
  wasLinked: false,
});

export function powerUp(state: E1000State, host: DeviceHost): void {
  state.eeprom = eepromFor(host.network.mac);
  state.phy = freshPhy(host.network.up);
  loadReceiveAddress(state, host);
}

/** CTRL.RST: all but the PHY, the EEPROM and PCI configuration start anew. */
function resetController(state: E1000State, host: DeviceHost): void {
  for (const timer of CONTROLLER_TIMERS) host.cancel(timer);
  host.registers.reset();
  const { eeprom, phy } = state;
  Object.assign(state, initialState(), { eeprom, phy });
  loadReceiveAddress(state, host);
  refreshInterrupt(state, host);
}

export function writeControl(state: E1000State, value: number, host: DeviceHost): void {
  if (isOn(value, spec.CTRL_RST)) resetController(state, host);
  else setRegister(host, 'CTRL', value);
  holdPhy(state, isOn(value, spec.CTRL_PHY_RST) && !isOn(value, spec.CTRL_RST), host);
  refreshLink(state, host);
}
