/** Interrupt causes, mask, throttle and delay timers of the 82540EM (Intel 317453, 13.4.17 to 13.4.21, 13.4.30). */
import { type Ticks100ns, ticks } from '../../units/ticks.ts';
import type { DeviceHost } from '../host.ts';
import * as spec from '../spec/e1000.ts';
import { type E1000State, isOn, registerOf, setRegister } from './state.ts';

const NANOSECONDS_PER_TICK = 100n;

const waitOf = (count: number, unit: bigint): Ticks100ns => {
  const nanoseconds = BigInt(count & 0xffff) * unit;
  return ticks((nanoseconds + NANOSECONDS_PER_TICK - 1n) / NANOSECONDS_PER_TICK);
};

/** Sets causes and interrupts when the mask lets them through. */
export function cause(state: E1000State, host: DeviceHost, bits: number): void {
  state.causes = (state.causes | bits) & spec.ICR_CAUSES;
  refreshInterrupt(state, host);
}

/** The line follows causes and mask; the throttle delays only its rise. */
export function refreshInterrupt(state: E1000State, host: DeviceHost): void {
  const wanted = (state.causes & state.mask) !== 0;
  if (!wanted) {
    state.asserted = false;
    host.lower();
    return;
  }
  if (state.asserted) return;
  const now = host.now();
  if (now < state.quietUntil) {
    host.after(ticks(state.quietUntil - now), 'throttle');
    return;
  }
  state.asserted = true;
  state.quietUntil = now + waitOf(registerOf(host, 'ITR'), spec.THROTTLE_NANOSECONDS);
  host.raise();
}

/** Reading acknowledges all causes. */
export function readCauses(state: E1000State, host: DeviceHost): number {
  const causes = state.causes;
  state.causes = 0;
  refreshInterrupt(state, host);
  return causes;
}

export function clearCauses(state: E1000State, bits: number, host: DeviceHost): void {
  state.causes &= ~bits;
  refreshInterrupt(state, host);
}

export function setMask(state: E1000State, mask: number, host: DeviceHost): void {
  state.mask = mask & spec.ICR_CAUSES;
  refreshInterrupt(state, host);
}

/** A frame has been stored: the interrupt comes at once, or when RDTR or RADV has run out. */
export function frameReceived(state: E1000State, host: DeviceHost): void {
  const delay = waitOf(registerOf(host, 'RDTR'), spec.DELAY_NANOSECONDS);
  if (delay === 0n) {
    cause(state, host, spec.ICR_RXT0);
    return;
  }
  host.after(delay, 'receiveDelay');
  const absolute = waitOf(registerOf(host, 'RADV'), spec.DELAY_NANOSECONDS);
  if (absolute === 0n || state.receive.absoluteRuns) return;
  state.receive.absoluteRuns = true;
  host.after(absolute, 'receiveAbsolute');
}

export function receiveTimerExpired(state: E1000State, host: DeviceHost): void {
  state.receive.absoluteRuns = false;
  host.cancel('receiveDelay');
  host.cancel('receiveAbsolute');
  cause(state, host, spec.ICR_RXT0);
}

/** FPD flushes what the timer holds back and reads as zero (13.4.30). */
export function writeReceiveDelay(state: E1000State, value: number, host: DeviceHost): void {
  setRegister(host, 'RDTR', value & 0xffff);
  if (isOn(value, spec.RDTR_FPD)) receiveTimerExpired(state, host);
}

/** A descriptor has been written back; those that allow it are reported later, together. */
export function descriptorDone(state: E1000State, host: DeviceHost, mayWait: boolean): void {
  const delay = waitOf(registerOf(host, 'TIDV'), spec.DELAY_NANOSECONDS);
  if (!mayWait || delay === 0n) {
    transmitTimerExpired(state, host);
    return;
  }
  host.after(delay, 'transmitDelay');
  const absolute = waitOf(registerOf(host, 'TADV'), spec.DELAY_NANOSECONDS);
  if (absolute === 0n || state.transmit.absoluteRuns) return;
  state.transmit.absoluteRuns = true;
  host.after(absolute, 'transmitAbsolute');
}

export function transmitTimerExpired(state: E1000State, host: DeviceHost): void {
  state.transmit.absoluteRuns = false;
  host.cancel('transmitDelay');
  host.cancel('transmitAbsolute');
  cause(state, host, spec.ICR_TXDW);
}
