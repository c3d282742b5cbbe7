/** The PHY of the 82540EM behind MDIC and auto-negotiation (Intel 317453, 13.4.7, 8.6). */
import { ticks } from '../../units/ticks.ts';
import type { DeviceHost } from '../host.ts';
import * as spec from '../spec/e1000.ts';
import * as chip from '../spec/e1000-phy.ts';
import { cause } from './interrupts.ts';
import { refreshLink } from './link.ts';
import { type E1000State, isOn, type PhyState, registerOf, setRegister } from './state.ts';

/** 64 bits at 2.5 MHz take 26 us; with the preamble, this. */
const MDI_TIME = ticks(640n);
/** Much shorter than the second or two of a real link, long enough to be seen. */
export const NEGOTIATION_TIME = ticks(20_000n);

const defaults = (): number[] =>
  Array.from({ length: chip.PHY_REGISTERS }, (_, n) => chip.DEFAULTS[n] ?? 0);

/** After power-up both ends have long agreed. */
export const freshPhy = (linked: boolean): PhyState => ({
  registers: defaults(),
  linked,
  lossLatched: false,
  held: false,
});

/** MDIC starts a transaction; R tells that it is over. */
export function startTransaction(_state: E1000State, value: number, host: DeviceHost): void {
  setRegister(host, 'MDIC', value & ~(spec.MDIC_R | spec.MDIC_E));
  host.after(MDI_TIME, 'mdi');
}

export function finishTransaction(state: E1000State, host: DeviceHost): void {
  const asked = registerOf(host, 'MDIC');
  const register = (asked >>> spec.MDIC_REG_SHIFT) & 0x1f;
  const isOurs = ((asked >>> spec.MDIC_PHY_SHIFT) & 0x1f) === chip.PHY_ADDRESS;
  const operation = asked & spec.MDIC_OP;
  let answer = asked | spec.MDIC_R;
  if (!isOurs || (operation !== spec.MDIC_OP_READ && operation !== spec.MDIC_OP_WRITE)) {
    answer |= spec.MDIC_E;
  } else if (operation === spec.MDIC_OP_READ) {
    answer = (answer & ~spec.MDIC_DATA) | readPhy(state.phy, register);
  } else {
    writePhy(state, register, asked & spec.MDIC_DATA, host);
  }
  setRegister(host, 'MDIC', answer);
  if (isOn(asked, spec.MDIC_I)) cause(state, host, spec.ICR_MDAC);
}

function readPhy(phy: PhyState, register: number): number {
  const kept = phy.registers[register] ?? 0;
  if (register === chip.PSTATUS) {
    const linked = phy.linked && !phy.lossLatched;
    phy.lossLatched = false;
    return (
      kept | (phy.linked ? chip.PSTATUS_AUTONEG_COMPLETE : 0) | (linked ? chip.PSTATUS_LINK : 0)
    );
  }
  return phy.linked ? (chip.LINKED[register] ?? kept) : kept;
}

function writePhy(state: E1000State, register: number, value: number, host: DeviceHost): void {
  if (chip.READ_ONLY.has(register)) return;
  if (register !== chip.PCTRL) {
    state.phy.registers[register] = value;
    return;
  }
  if (isOn(value, chip.PCTRL_RESET)) {
    state.phy.registers = defaults();
    negotiate(state, host);
    return;
  }
  state.phy.registers[chip.PCTRL] = value & ~chip.PCTRL_RESTART_AUTONEG;
  if (isOn(value, chip.PCTRL_POWER_DOWN)) loseLink(state, host);
  else if (isOn(value, chip.PCTRL_RESTART_AUTONEG) || !state.phy.linked) negotiate(state, host);
}

/** The link goes down and, with a partner there, comes up again a little later. */
export function negotiate(state: E1000State, host: DeviceHost): void {
  loseLink(state, host);
  host.after(NEGOTIATION_TIME, 'negotiation');
}

export function finishNegotiation(state: E1000State, host: DeviceHost): void {
  const isDown = isOn(state.phy.registers[chip.PCTRL] ?? 0, chip.PCTRL_POWER_DOWN);
  if (!host.network.up || isDown || state.phy.held) return;
  state.phy.linked = true;
  refreshLink(state, host);
}

export function loseLink(state: E1000State, host: DeviceHost): void {
  host.cancel('negotiation');
  if (state.phy.linked) state.phy.lossLatched = true;
  state.phy.linked = false;
  refreshLink(state, host);
}

/** CTRL.PHY_RST holds the PHY in reset until it is written as zero. */
export function holdPhy(state: E1000State, held: boolean, host: DeviceHost): void {
  const { phy } = state;
  if (held) {
    phy.registers = defaults();
    phy.held = true;
    loseLink(state, host);
  } else if (phy.held) {
    phy.held = false;
    negotiate(state, host);
  }
}
