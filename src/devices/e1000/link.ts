/** The link as the controller sees it: what the PHY has agreed on, once CTRL.SLU lets it through (Intel 317453, 8.6, 13.4.1, 13.4.2). */
import { ticks } from '../../units/ticks.ts';
import type { DeviceHost } from '../host.ts';
import * as spec from '../spec/e1000.ts';
import { cause } from './interrupts.ts';
import { type E1000State, isOn, registerOf } from './state.ts';

/** From the write of the tail to the first fetch of a descriptor; the manual gives no duration. */
const TRANSMIT_TIME = ticks(10n);

export function kickTransmit(state: E1000State, host: DeviceHost): void {
  if (state.transmit.kicked) return;
  state.transmit.kicked = true;
  host.after(TRANSMIT_TIME, 'transmit');
}

export const isLinked = (state: E1000State, host: DeviceHost): boolean =>
  state.phy.linked && isOn(registerOf(host, 'CTRL'), spec.CTRL_SLU);

/** Tells a change of the link; what waited for one is sent. */
export function refreshLink(state: E1000State, host: DeviceHost): void {
  const linked = isLinked(state, host);
  if (linked === state.wasLinked) return;
  state.wasLinked = linked;
  cause(state, host, spec.ICR_LSC);
  if (linked) kickTransmit(state, host);
}

export function readStatus(state: E1000State, host: DeviceHost): number {
  const control = registerOf(host, 'CTRL');
  const forcedSpeed = (control & spec.CTRL_SPEED) >>> spec.CTRL_SPEED_SHIFT;
  const speed = isOn(control, spec.CTRL_FRCSPD) ? forcedSpeed : spec.SPEED_1000;
  const isFull = !isOn(control, spec.CTRL_FRCDPLX) || isOn(control, spec.CTRL_FD);
  return (
    (isFull ? spec.STATUS_FD : 0) |
    (isLinked(state, host) ? spec.STATUS_LU : 0) |
    (speed << spec.STATUS_SPEED_SHIFT) |
    (spec.SPEED_1000 << spec.STATUS_ASDV_SHIFT)
  );
}
