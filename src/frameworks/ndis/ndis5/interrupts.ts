/** Interrupts of NDIS 5: MiniportISR or MiniportDisableInterrupt at the device's IRQL, MiniportHandleInterrupt in a DPC. */
import { type Blocking, callGuest, giveWay } from '../../../kernel/effects.ts';
import { allocateForKernel, pool } from '../../../kernel/ex/pool.ts';
import { interrupts as connections } from '../../../kernel/io/interrupts.ts';
import { dpcQueue } from '../../../kernel/ke/dpc.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { Service } from '../../../kernel/service.ts';
import { bool, ptr, u32 } from '../../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../../units/address.ts';
import { HIGH_LEVEL, PASSIVE_LEVEL } from '../../../units/irql.ts';
import { NDIS_STATUS } from '../../../units/ndis-status.ts';
import { type Adapter, adapters } from '../adapter.ts';
import { callPlainly } from '../call.ts';
import { lineOf } from '../interrupts.ts';
import { entryOf } from '../miniport-driver.ts';
import { tellMisuse } from '../misuse.ts';
import { ndisHandle, ndisService } from '../ndis-service.ts';
import { BLOCK, MINIPORT_INTERRUPT } from './layout.ts';
import { legacyOf } from './state.ts';

export interface LegacyInterrupt {
  readonly adapter: Adapter;
  /** MiniportISR runs at every interrupt, not only while the miniport initializes or halts. */
  readonly requestIsr: boolean;
  /** Two BOOLEANs for MiniportISR: InterruptRecognized and QueueMiniportHandleInterrupt. */
  readonly scratch: Va;
  object: Va;
  queued: boolean;
  live: boolean;
}

function* callFor(kernel: Kernel, adapter: Adapter, routine: string, args: readonly bigint[]) {
  const { subject, driver } = adapter;
  const entry = entryOf(driver.entries, routine);
  if (entry === NULL) return 0n;
  return yield* callPlainly(kernel, { routine, subject, entry, args });
}

/** Runs at the device's IRQL under its lock. */
function* serviceRoutine(kernel: Kernel, interrupt: LegacyInterrupt): Blocking<boolean> {
  const { adapter, scratch, requestIsr } = interrupt;
  if (!requestIsr && legacyOf(kernel, adapter).settled) {
    yield* callFor(kernel, adapter, 'MiniportDisableInterrupt', [adapter.context]);
    queueDpc(kernel, interrupt);
    return true;
  }
  kernel.mmu.write(scratch, 2, 0n);
  const args = [scratch, vaAdd(scratch, 1), adapter.context];
  yield* callFor(kernel, adapter, 'MiniportISR', args);
  if (kernel.mmu.u8(vaAdd(scratch, 1)) !== 0) queueDpc(kernel, interrupt);
  return kernel.mmu.u8(scratch) !== 0;
}

function queueDpc(kernel: Kernel, interrupt: LegacyInterrupt): void {
  if (interrupt.queued) return;
  interrupt.queued = true;
  dpcQueue(kernel).insertHost(function* () {
    interrupt.queued = false;
    if (!interrupt.live) return;
    const { adapter } = interrupt;
    const { context } = adapter;
    yield* callFor(kernel, adapter, 'MiniportHandleInterrupt', [context]);
    if (interrupt.live) yield* callFor(kernel, adapter, 'MiniportEnableInterrupt', [context]);
  });
}

const NdisMRegisterInterrupt = ndisService({
  name: 'NdisMRegisterInterrupt',
  doc: 'ndis.h',
  params: {
    Interrupt: ptr(MINIPORT_INTERRUPT.name),
    MiniportAdapterHandle: ndisHandle,
    InterruptVector: u32,
    InterruptLevel: u32,
    RequestIsr: bool,
    SharedInterrupt: bool,
    InterruptMode: u32,
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCE_CONFLICT, NDIS_STATUS.RESOURCES, NDIS_STATUS.FAILURE],
  run(kernel, args) {
    const adapter = adapters(kernel).get(args.MiniportAdapterHandle);
    if (adapter === undefined || adapter.registration === null) {
      const problem = adapter === undefined ? 'wrong-handle' : 'before-attributes';
      tellMisuse(kernel, 'NdisMRegisterInterrupt', problem);
      return NDIS_STATUS.FAILURE;
    }
    const line = lineOf(adapter);
    // Vector and level are the bus's, as NdisMQueryAdapterResources gives them.
    const isOwn = line?.line === args.InterruptVector && line.line === args.InterruptLevel;
    if (line === undefined || !isOwn) return NDIS_STATUS.RESOURCE_CONFLICT;
    const interrupt: LegacyInterrupt = {
      adapter,
      requestIsr: args.RequestIsr || args.SharedInterrupt,
      scratch: allocateForKernel(kernel, 2, 'NDis'),
      object: NULL,
      queued: false,
      live: true,
    };
    const view = MINIPORT_INTERRUPT.at(kernel.mmu, args.Interrupt);
    const object = connections(kernel).connect({
      routine: NULL,
      context: args.Interrupt,
      spinLock: NULL,
      vector: line.vector,
      irql: line.irql,
      synchronizeIrql: line.irql,
      shared: args.SharedInterrupt,
      message: null,
      subject: adapter.subject,
      host: () => serviceRoutine(kernel, interrupt),
    });
    if (object === undefined) {
      pool(kernel).free(interrupt.scratch);
      return NDIS_STATUS.RESOURCE_CONFLICT;
    }
    interrupt.object = object;
    view.InterruptObject = object;
    view.MiniportIsr = entryOf(adapter.driver.entries, 'MiniportISR');
    view.MiniportDpc = entryOf(adapter.driver.entries, 'MiniportHandleInterrupt');
    view.Miniport = adapter.handle;
    view.DpcCount = 0;
    view.SharedInterrupt = args.SharedInterrupt ? 1 : 0;
    view.IsrRequested = args.RequestIsr ? 1 : 0;
    legacyOf(kernel, adapter).interrupts.set(args.Interrupt, interrupt);
    kernel.mmu.write(vaAdd(adapter.handle, BLOCK.Interrupt), 8, args.Interrupt);
    return NDIS_STATUS.SUCCESS;
  },
});

function find(kernel: Kernel, at: Va): LegacyInterrupt | undefined {
  for (const adapter of adapters(kernel).all) {
    const found = legacyOf(kernel, adapter).interrupts.get(at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function disconnect(kernel: Kernel, at: Va, interrupt: LegacyInterrupt): void {
  interrupt.live = false;
  connections(kernel).disconnect(interrupt.object);
  pool(kernel).free(interrupt.scratch);
  legacyOf(kernel, interrupt.adapter).interrupts.delete(at);
  kernel.mmu.write(vaAdd(interrupt.adapter.handle, BLOCK.Interrupt), 8, NULL);
}

/** Comes back when no routine of the interrupt runs any more. */
const NdisMDeregisterInterrupt = ndisService({
  name: 'NdisMDeregisterInterrupt',
  doc: 'ndis.h',
  params: { Interrupt: ptr(MINIPORT_INTERRUPT.name) },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  *run(kernel, { Interrupt }) {
    const interrupt = find(kernel, Interrupt);
    if (interrupt === undefined) {
      tellMisuse(kernel, 'NdisMDeregisterInterrupt', 'wrong-handle');
      return undefined;
    }
    disconnect(kernel, Interrupt, interrupt);
    yield* giveWay();
    return undefined;
  },
});

/** A miniport that is halted may not be called again. */
export function disconnectLeft(kernel: Kernel, adapter: Adapter): void {
  for (const [at, interrupt] of [...legacyOf(kernel, adapter).interrupts]) {
    tellMisuse(kernel, 'NdisMRegisterInterrupt', 'interrupt-left');
    disconnect(kernel, at, interrupt);
  }
}

const NdisMSynchronizeWithInterrupt = ndisService({
  name: 'NdisMSynchronizeWithInterrupt',
  doc: 'ndis.h',
  params: {
    Interrupt: ptr(MINIPORT_INTERRUPT.name),
    SynchronizeFunction: ptr('MINIPORT_SYNCHRONIZE_INTERRUPT'),
    SynchronizeContext: ptr(),
  },
  returns: 'bool',
  maxIrql: HIGH_LEVEL,
  *run(kernel, { Interrupt, SynchronizeFunction, SynchronizeContext }) {
    const interrupt = find(kernel, Interrupt);
    if (interrupt === undefined) {
      tellMisuse(kernel, 'NdisMSynchronizeWithInterrupt', 'wrong-handle');
      return 0n;
    }
    const before = connections(kernel).lock(interrupt.object);
    const name = 'MiniportSynchronizeInterrupt';
    const result = yield* callGuest(SynchronizeFunction, [SynchronizeContext], name);
    connections(kernel).unlock(interrupt.object, before);
    return result & 0xffn;
  },
});

export const interruptServices5: readonly Service[] = [
  NdisMRegisterInterrupt,
  NdisMDeregisterInterrupt,
  NdisMSynchronizeWithInterrupt,
];
