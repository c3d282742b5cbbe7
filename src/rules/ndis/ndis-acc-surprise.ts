/** NDIS-ACC-SURPRISE: a loop waits for an adapter that is gone. */
import type { Circumstances } from '../../events/event.ts';
import { rule } from '../rule.ts';
import type { World } from '../world.ts';
import { adapterOf } from './observe.ts';
import { routineName } from './words.ts';

/** Reads of one register with no other access between them that count as a loop without end. */
const ENDLESS = 100_000;
/** Fewer will do where the loop sleeps or stalls, once it has waited for so long. */
const ENDLESS_WAITING = 1000;
const ENDLESS_SECONDS = 10;

/** Services that wait, with the argument that tells how many microseconds. */
const WAITS: ReadonlyMap<string, string> = new Map([
  ['NdisMSleep', 'MicrosecondsToSleep'],
  ['KeStallExecutionProcessor', 'MicroSeconds'],
]);

interface Watch {
  register: string;
  reads: number;
  /** Microseconds waited since the first of the reads. */
  waited: number;
  told: boolean;
}

export const ndisAccSurprise = rule({
  id: 'NDIS-ACC-SURPRISE',
  severity: 'error',
  framework: 'ndis',
  summary:
    'After surprise removal reads give all ones; no loop waits for another value without limit.',
  message:
    '{device}: {routine} read {register} {reads} times in a row after the adapter had been removed; each read gave all ones.',
  why: 'MiniportHaltEx of a removed adapter usually resets the hardware and waits for a bit to clear. The bit never clears: the thread hangs at PASSIVE_LEVEL for good, the processor above it.',
  fix: 'Limit every polling loop by count or time, stop when a register reads all ones, and skip the hardware once NdisDevicePnPEventSurpriseRemoved was seen.',
  limits: `A loop counts as endless after ${ENDLESS} reads of one register by one routine with no other access between them, or ${ENDLESS_WAITING} and ${ENDLESS_SECONDS} seconds of sleeping and stalling.`,
  doc: 'network/handling-the-surprise-removal-of-a-nic',
  sources: [
    'network/handling-the-surprise-removal-of-a-nic',
    'network/processing-the-surprise-removal-of-a-nic--windows-7-and-later-versions-',
  ],
  bad: `do NdisReadRegisterUlong(&regs->Control, &value);
while (value & RESET);`,
  good: `for (i = 0; i < 1000; i++) {
    NdisReadRegisterUlong(&regs->Control, &value);
    if (value == 0xFFFFFFFF || !(value & RESET)) break;
    NdisStallExecution(10);
}`,
  initialState: (): Watch => ({ register: '', reads: 0, waited: 0, told: false }),
  on: {
    access(event, report, state, { world }) {
      const { mapping, address, size } = event;
      if (mapping === null || !isGone(event, world)) return;
      const isOnes = event.access === 'read' && event.value === (1n << BigInt(size * 8)) - 1n;
      const register = `0x${(address - mapping.virtual).toString(16)} of ${mapping.service}`;
      if (isEndless(state, isOnes ? register : '')) {
        report(event, factsOf(event, register, state), { mapping });
      }
    },
    'port-access'(event, report, state, { world }) {
      if (!isGone(event, world)) return;
      const isOnes = event.access === 'read' && event.value === 2 ** (event.size * 8) - 1;
      const register = `port 0x${event.port.toString(16)}`;
      if (isEndless(state, isOnes ? register : '')) {
        report(event, factsOf(event, register, state));
      }
    },
    'service-enter'({ service, args }, _report, state) {
      const argument = WAITS.get(service);
      if (argument !== undefined) state.waited += Number(args[argument] ?? 0);
    },
    'callback-leave'(_event, _report, state) {
      state.register = '';
    },
  },
});

const isGone = ({ device }: Circumstances, world: World): boolean =>
  adapterOf(world, device)?.isGone === true;

/** True once, when the register has been read that often in a row. */
function isEndless(state: Watch, register: string): boolean {
  if (register !== state.register)
    Object.assign(state, { register, reads: 0, waited: 0, told: false });
  state.reads++;
  if (register === '' || state.told) return false;
  const hasWaited = state.reads >= ENDLESS_WAITING && state.waited >= ENDLESS_SECONDS * 1_000_000;
  state.told = hasWaited || state.reads >= ENDLESS;
  return state.told;
}

const factsOf = ({ device, callback }: Circumstances, register: string, { reads }: Watch) => ({
  device,
  routine: routineName(callback),
  register,
  reads,
});
