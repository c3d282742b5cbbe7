/** I/O timers: a routine for a device, once a second at DISPATCH_LEVEL. */
import { ptr } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { allocateForKernel } from '../ex/pool.ts';
import { type Interruption, type Kernel, part } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { callForDevice, devices } from './devices.ts';
import { DEVICE_OBJECT, IO_TYPE } from './layout.ts';

const SECOND = 10_000_000n;
/** Opaque to drivers (IO_TIMER). */
const IO_TIMER_BYTES = 0x30;

interface Timer {
  readonly device: Va;
  readonly routine: Va;
  readonly context: Va;
  stop: (() => void) | null;
}

class IoTimers {
  readonly #kernel: Kernel;
  readonly #timers = new Map<Va, Timer>();
  readonly #due: Timer[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    kernel.interruptSources.push((irql) => this.#interruption(irql));
  }

  initialise(device: Va, routine: Va, context: Va): void {
    const { mmu } = this.#kernel;
    this.stop(device);
    const at = allocateForKernel(this.#kernel, IO_TIMER_BYTES, 'IoTi');
    mmu.write(at, 2, BigInt(IO_TYPE.TIMER));
    DEVICE_OBJECT.at(mmu, device).Timer = at;
    this.#timers.set(device, { device, routine, context, stop: null });
  }

  start(device: Va): void {
    const timer = this.#timers.get(device);
    if (timer !== undefined && timer.stop === null) this.#arm(timer);
  }

  stop(device: Va): void {
    const timer = this.#timers.get(device);
    timer?.stop?.();
    if (timer !== undefined) timer.stop = null;
  }

  #arm(timer: Timer): void {
    timer.stop = this.#kernel.clock.after(SECOND, () => {
      if (!devices(this.#kernel).isDevice(timer.device)) return;
      this.#due.push(timer);
      this.#arm(timer);
    });
  }

  #interruption(irql: number): Interruption | null {
    if (irql >= DISPATCH_LEVEL || this.#due.length === 0) return null;
    return { irql: DISPATCH_LEVEL, name: 'I/O timer', run: () => this.#run() };
  }

  *#run(): Blocking<void> {
    for (let next = this.#due.shift(); next !== undefined; next = this.#due.shift()) {
      const { device, routine, context } = next;
      if (next.stop === null) continue;
      yield* callForDevice(this.#kernel, routine, [device, context], 'Timer DPC', device);
    }
  }
}

const ioTimers = part((kernel) => new IoTimers(kernel));

const IoInitializeTimer = service({
  name: 'IoInitializeTimer',
  doc: 'wdm/nf-wdm-ioinitializetimer',
  params: {
    DeviceObject: ptr('DEVICE_OBJECT'),
    TimerRoutine: ptr('IO_TIMER_ROUTINE'),
    Context: ptr(),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, { DeviceObject, TimerRoutine, Context }) {
    ioTimers(kernel).initialise(DeviceObject, TimerRoutine, Context);
    return STATUS.SUCCESS;
  },
});

const IoStartTimer = service({
  name: 'IoStartTimer',
  doc: 'wdm/nf-wdm-iostarttimer',
  params: { DeviceObject: ptr('DEVICE_OBJECT') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { DeviceObject }) => ioTimers(kernel).start(DeviceObject),
});

const IoStopTimer = service({
  name: 'IoStopTimer',
  doc: 'wdm/nf-wdm-iostoptimer',
  params: { DeviceObject: ptr('DEVICE_OBJECT') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { DeviceObject }) => ioTimers(kernel).stop(DeviceObject),
});

export const ioTimerServices: readonly Service[] = [IoInitializeTimer, IoStartTimer, IoStopTimer];
