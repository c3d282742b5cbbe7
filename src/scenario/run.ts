/** One run of one driver: a machine, a life cycle, and what is left afterwards as plain data. */

import type { RunResult } from '../events/run.ts';
import { adapters } from '../frameworks/ndis/adapter.ts';
import { suitNdis } from '../frameworks/ndis/host-version.ts';
import { isShutDownByCrash } from '../frameworks/ndis/life-cycle.ts';
import { miniportDrivers, versionText } from '../frameworks/ndis/miniport-driver.ts';
import { models } from '../frameworks/ndis/models.ts';
import { parsePe } from '../image/pe.ts';
import { bugCheckName } from '../kernel/bug-check-names.ts';
import { isRunEnd, notModelledHere, type RunEnd } from '../kernel/end.ts';
import type { DriverImage } from '../machine/driver-image.ts';
import { Machine } from '../machine/machine.ts';
import { type GuestFault, isGuestFault } from '../memory/fault.ts';
import { hexVa } from '../units/address.ts';
import { frameworkOf, USUAL_DEVICE, unmodelledFramework } from './framework.ts';
import { hardwareFor } from './installed.ts';
import { Journal } from './journal.ts';
import { findMapSites, mapSiteCoverage } from './map-sites.ts';
import { ndisLifeCycle } from './ndis-life-cycle.ts';
import type { DriverRun, RunOptions } from './options.ts';
import { NO_HARDWARE, type Plugged, pluggedHardware, pluggedSoftware } from './plugged.ts';
import { Recorder } from './recorder.ts';
import { attachedSubject } from './subjects.ts';
import { userModeFramework } from './user-mode.ts';
import { wdmLifeCycle } from './wdm-life-cycle.ts';

/** Mappings that a report tells of. */
const MAX_MAPPINGS = 10_000;

/** Runs the driver through its framework's life cycle. Throws `HostError` for an image that is none. */
export function runDriver(options: RunOptions): DriverRun {
  const { fileName } = options;
  const { imports, exports } = parsePe(options.image);
  const framework = frameworkOf(imports);
  const unmodelled = unmodelledFramework(imports) ?? userModeFramework(imports, exports);
  const hardware = hardwareFor({
    device: options.device,
    usual: USUAL_DEVICE[framework],
    fileName,
    inf: options.inf,
  });
  const { device, identity, setup, service: driverName } = hardware;
  const recorder = new Recorder(fileName, options.onEvent);
  const machine = new Machine({
    seed: options.seed,
    registry: options.registry,
    installed: hardware.installed,
    stubs: options.stubs,
    maxInstructions: options.maxInstructions,
    driverName,
    onEvent: recorder.see,
  });
  const journal = new Journal(machine);
  const image = machine.loadImage(options.image, fileName);
  if (framework === 'ndis') suitNdis(machine.kernel, imports);
  const plug = (n: number, bridge: number): Plugged => {
    if (device === null) return pluggedSoftware(n);
    const attached = machine.addDevice(device, attachedSubject(device.name, n), bridge, {
      identity,
    });
    if (bridge === 0) machine.bus.assignResources(attached.function);
    return pluggedHardware(attached);
  };
  const end = runToEnd(machine, () => {
    if (unmodelled !== undefined) notModelledHere(unmodelled.title);
    const { ioctls } = options;
    const life = { machine, image, driverName, journal, plug, setup, ioctls };
    machine.run('PnP manager', () =>
      framework === 'ndis'
        ? ndisLifeCycle({
            ...life,
            loadAgain: () => machine.loadImage(options.image, fileName),
          })
        : wdmLifeCycle(life),
    );
  });
  journal.close();
  return {
    driver: {
      machine: 'x64',
      framework: unmodelled?.framework ?? framework,
      frameworkVersion: framework === 'ndis' ? ndisVersion(machine.kernel) : null,
      imports: image.imports,
    },
    device: device?.name ?? NO_HARDWARE,
    installed: hardware.facts,
    result: resultOf(machine, image, journal, recorder, end),
  };
}

/** The NDIS version that the driver registered with. */
function ndisVersion(kernel: Machine['kernel']): string | null {
  const [driver] = miniportDrivers(kernel).all;
  return driver === undefined ? null : versionText(driver.version);
}

/** Nothing when the life cycle was lived to its end. */
function runToEnd(machine: Machine, body: () => void): RunEnd | null {
  try {
    body();
    return null;
  } catch (thrown) {
    const end = isGuestFault(thrown) ? damaged(thrown) : thrown;
    if (!isRunEnd(end)) throw end;
    if (end.runEnd === 'bugcheck') {
      const { code, parameters } = end;
      machine.kernel.emit({ kind: 'bugcheck', code, name: bugCheckName(code), parameters });
      lastCalls(machine);
    }
    return end;
  }
}

/** Miniports that asked for it hear of a bug check. */
function lastCalls(machine: Machine): void {
  const { kernel } = machine;
  const listening = adapters(kernel).all.filter(isShutDownByCrash);
  if (listening.length === 0) return;
  try {
    machine.runAfterCrash('bug check callbacks', function* () {
      for (const adapter of listening) {
        yield* models(adapter).shutdown(kernel, adapter, 'NdisShutdownBugCheck');
      }
    });
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
    notModelled:
      end?.runEnd === 'not-modelled'
        ? [{ name: end.name, dll: end.dll, where: end.where ?? machine.kernel.stack() }]
        : [],
    bugCheck:
      end?.runEnd === 'bugcheck'
        ? {
            code: end.code,
            name: bugCheckName(end.code),
            parameters: Array.from({ length: 4 }, (_, i) => end.parameters[i] ?? 0n),
            at: machine.kernel.stack(),
            phase: machine.phase,
            detail: end.detail,
          }
        : null,
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
    stubbed: machine.stubbed,
    instructions: machine.instructions,
  };
}
