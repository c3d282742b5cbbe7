/** One run of one driver: a machine, a life cycle, and what is left afterwards as plain data. */
import type { NotModelled, RunResult } from '../events/run.ts';
import { parsePe } from '../image/pe.ts';
import { bugCheckName } from '../kernel/bug-check-names.ts';
import { isRunEnd, notModelledHere, type RunEnd } from '../kernel/end.ts';
import { BareMachine } from '../machine/bare-machine.ts';
import type { DriverImage } from '../machine/driver-image.ts';
import type { Machine } from '../machine/machine.ts';
import { type GuestFault, isGuestFault } from '../memory/fault.ts';
import { hexVa } from '../units/address.ts';
import { frameworkOf, USUAL_DEVICE, unmodelledFramework } from './framework.ts';
import { hardwareFor } from './installed.ts';
import { Journal } from './journal.ts';
import { findMapSites, mapSiteCoverage } from './map-sites.ts';
import type { DriverRun, RunOptions } from './options.ts';
import { NO_HARDWARE, type Plugged, pluggedHardware, pluggedSoftware } from './plugged.ts';
import { Recorder } from './recorder.ts';
import type { Scenario } from './scenario.ts';
import { attachedSubject } from './subjects.ts';
import { userModeFramework } from './user-mode.ts';

/** Mappings that a report tells of. */
const MAX_MAPPINGS = 10_000;

/** Runs the driver through the life cycle of a scenario. Throws `HostError` for an image that is none. */
export function runWith(scenario: Scenario, options: RunOptions): DriverRun {
  const { fileName, ioctls } = options;
  const { imports, exports } = parsePe(options.image);
  const framework = frameworkOf(imports);
  const unmodelled = unmodelledFramework(imports) ?? userModeFramework(imports, exports);
  const hardware = hardwareFor({
    device: options.device,
    usual: USUAL_DEVICE[framework],
    fileName,
    inf: options.inf,
  });
  const { setup, service: driverName } = hardware;
  const recorder = new Recorder(fileName, options.onEvent);
  const machine = machineFor(scenario, options, hardware, recorder);
  const journal = new Journal(machine);
  const image = machine.loadImage(options.image, fileName);
  scenario.prepare?.(machine.kernel, imports);
  const plug = plugger(machine, hardware);
  const end = runToEnd(machine, scenario, () => {
    if (unmodelled !== undefined) notModelledHere(unmodelled.title);
    const life = { machine, image, driverName, journal, plug, setup, ioctls };
    const loadAgain = () => machine.loadImage(options.image, fileName);
    machine.run('PnP manager', () => scenario.lifeCycle({ ...life, loadAgain }));
  });
  journal.close();
  return {
    driver: {
      machine: 'x64',
      framework: unmodelled?.framework ?? framework,
      frameworkVersion: scenario.versionOf?.(machine.kernel) ?? null,
      imports: image.imports,
    },
    device: hardware.device?.name ?? NO_HARDWARE,
    installed: hardware.facts,
    result: resultOf(machine, image, journal, recorder, end),
  };
}

type Hardware = ReturnType<typeof hardwareFor>;

const machineFor = (
  { frameworks }: Scenario,
  { seed, registry, stubs, maxInstructions }: RunOptions,
  { installed, service: driverName }: Hardware,
  { see: onEvent }: Recorder,
): Machine =>
  new BareMachine(
    { seed, registry, installed, stubs, maxInstructions, driverName, onEvent },
    frameworks,
  );

/** Puts the n-th device of the run behind a bridge of the machine. */
const plugger =
  (machine: Machine, { device, identity }: Hardware) =>
  (n: number, bridge: number): Plugged => {
    if (device === null) return pluggedSoftware(n);
    const subject = attachedSubject(device.name, n);
    const attached = machine.addDevice(device, subject, bridge, { identity });
    if (bridge === 0) machine.bus.assignResources(attached.function);
    return pluggedHardware(attached);
  };

/** Nothing when the life cycle was lived to its end. */
function runToEnd(machine: Machine, scenario: Scenario, body: () => void): RunEnd | null {
  try {
    body();
    return null;
  } catch (thrown) {
    const end = isGuestFault(thrown) ? damaged(thrown) : thrown;
    if (!isRunEnd(end)) throw end;
    if (end.runEnd === 'bugcheck') {
      const { code, parameters } = end;
      machine.kernel.emit({ kind: 'bugcheck', code, name: bugCheckName(code), parameters });
      lastCalls(machine, scenario);
    }
    return end;
  }
}

/** Drivers that asked for it hear of a bug check. */
function lastCalls(machine: Machine, scenario: Scenario): void {
  const calls = scenario.lastCalls?.(machine.kernel);
  if (calls === undefined) return;
  try {
    machine.runAfterCrash('bug check callbacks', calls);
  } catch (thrown) {
    if (!isRunEnd(thrown) && !isGuestFault(thrown)) throw thrown;
  }
}

const PAGE_FAULT_IN_NONPAGED_AREA = 0x50;

/** The kernel itself followed a pointer that leads nowhere: the driver overwrote what was not its own. */
function damaged({ address, access }: GuestFault): RunEnd {
  const detail = `the kernel's own ${access} of ${hexVa(address)}: its data or stack is damaged`;
  const parameters = [address, access === 'write' ? 1n : 0n];
  return { runEnd: 'bugcheck', code: PAGE_FAULT_IN_NONPAGED_AREA, parameters, detail };
}

type Ended<Kind> = Extract<RunEnd, { readonly runEnd: Kind }>;

const missing = (
  { kernel }: Machine,
  { name, dll, where }: Ended<'not-modelled'>,
): NotModelled => ({
  name,
  dll,
  where: where ?? kernel.stack(),
});

const bugCheckOf = (
  { kernel, phase }: Machine,
  { code, parameters, detail }: Ended<'bugcheck'>,
): RunResult['bugCheck'] => ({
  code,
  name: bugCheckName(code),
  parameters: Array.from({ length: 4 }, (_, i) => parameters[i] ?? 0n),
  at: kernel.stack(),
  phase,
  detail,
});

function resultOf(
  machine: Machine,
  image: DriverImage,
  journal: Journal,
  recorder: Recorder,
  end: RunEnd | null,
): RunResult {
  const sites = findMapSites(image.image);
  const { ledger } = machine.kernel.mappings;
  const mappings = ledger.entries(MAX_MAPPINGS);
  return {
    ended: end?.runEnd ?? 'complete',
    notModelled: end?.runEnd === 'not-modelled' ? [missing(machine, end)] : [],
    bugCheck: end?.runEnd === 'bugcheck' ? bugCheckOf(machine, end) : null,
    budget: end?.runEnd === 'budget' ? end.why : null,
    lifecycle: journal.steps,
    notStarted: journal.notStarted,
    mappings,
    mappingsDropped: ledger.count - mappings.length,
    coverage: {
      mapSites: mapSiteCoverage(sites, image.module.name, recorder.mapReturns),
      functions: machine.functionCoverage(image.module),
    },
    traffic: recorder.traffic.list,
    remarks: recorder.remarks.list,
    debugPrint: recorder.debugPrint,
    debugPrintDropped: recorder.debugPrintDropped,
    stubbed: machine.stubbed,
    instructions: machine.instructions,
  };
}
