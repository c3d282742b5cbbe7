/** The virtual processor as the kernel sees it, and the blocks in memory that describe it to drivers. */
import type { Cpu } from '../cpu/cpu.ts';
import { STATE } from '../cpu/state.ts';
import type { GuestContext } from '../kernel/effects.ts';
import { ENABLED_FEATURES } from '../kernel/ke/extended-state.ts';
import { KPCR } from '../kernel/ke/layout.ts';
import type { Processor } from '../kernel/kernel.ts';
import {
  KUSER_SHARED_DATA_VA,
  PROCESSOR_BLOCKS,
  USER_SHARED_DATA_VA,
} from '../memory/address-map.ts';
import type { FrameAllocator } from '../memory/frames.ts';
import type { Mmu } from '../memory/mmu.ts';
import { PAGE_SIZE, type Pa, type Va, vaAdd } from '../units/address.ts';
import { assert } from '../units/errors.ts';
import type { Irql } from '../units/irql.ts';
import { captureRegisters } from './registers.ts';

/** KPCR and the KPRCB behind it. */
const PCR_PAGES = 8;

export class VirtualProcessor implements Processor {
  readonly pcr: Va;
  readonly #cpu: Cpu;
  readonly #mmu: Mmu;

  constructor(cpu: Cpu, mmu: Mmu, frames: FrameAllocator) {
    this.#cpu = cpu;
    this.#mmu = mmu;
    this.pcr = vaAdd(PROCESSOR_BLOCKS.base, PAGE_SIZE);
    const attributes = {
      writable: true,
      executable: false,
      user: false,
      cache: 'write-back',
    } as const;
    for (let i = 0; i < PCR_PAGES; i++) {
      mmu.tables.map(vaAdd(this.pcr, i * PAGE_SIZE), page(frames), attributes);
    }
    const view = KPCR.at(mmu, this.pcr);
    view.Self = this.pcr;
    view.CurrentPrcb = vaAdd(this.pcr, KPCR.offsetOf('MxCsr'));
    view.MajorVersion = 1;
    view.MinorVersion = 1;
    view.StallScaleFactor = 1000;
    view.MxCsr = 0x1f80;
    cpu.state.gsBase = this.pcr;
    cpu.state.set(STATE.cr3, BigInt(mmu.tables.root));
    shareUserData(mmu, page(frames));
  }

  get irql(): Irql {
    return this.#cpu.state.cr8;
  }
  set irql(value: Irql) {
    this.#cpu.state.cr8 = value;
  }

  callerContext(): GuestContext {
    const registers = captureRegisters(this.#cpu.state);
    const rip = this.#mmu.pointer(this.#cpu.state.rsp);
    return { ...registers, rip, rsp: registers.rsp + 8n };
  }
}

function page(frames: FrameAllocator): Pa {
  const frame = frames.allocate();
  assert(frame !== undefined, 'RAM holds the processor blocks');
  return frame;
}

/** Values of KUSER_SHARED_DATA that do not change (ntddk.h): offset, bytes, value. Windows 10 22H2. */
const SHARED_DATA: readonly (readonly [number, 1 | 2 | 4 | 8, bigint])[] = [
  [0x2c, 2, 0x8664n], // ImageNumberLow
  [0x2e, 2, 0x8664n], // ImageNumberHigh
  [0x260, 4, 19045n], // NtBuildNumber
  [0x264, 4, 1n], // NtProductType: workstation
  [0x268, 1, 1n], // ProductTypeIsValid
  [0x26a, 2, 9n], // NativeProcessorArchitecture: AMD64
  [0x26c, 4, 10n], // NtMajorVersion
  [0x270, 4, 0n], // NtMinorVersion
  [0x276, 1, 1n], // PF_COMPARE_EXCHANGE_DOUBLE
  [0x27a, 1, 1n], // PF_XMMI_INSTRUCTIONS_AVAILABLE
  [0x27c, 1, 1n], // PF_RDTSC_INSTRUCTION_AVAILABLE
  [0x27d, 1, 1n], // PF_PAE_ENABLED
  [0x27e, 1, 1n], // PF_XMMI64_INSTRUCTIONS_AVAILABLE
  [0x280, 1, 1n], // PF_NX_ENABLED
  [0x282, 1, 1n], // PF_COMPARE_EXCHANGE128
  [0x285, 1, 1n], // PF_XSAVE_ENABLED
  [0x300, 8, 10_000_000n], // QpcFrequency
  [0x3c0, 4, 1n], // ActiveProcessorCount
  [0x3c4, 1, 1n], // ActiveGroupCount
  [0x3d8, 8, ENABLED_FEATURES], // XState.EnabledFeatures
  [0x3e0, 8, ENABLED_FEATURES], // XState.EnabledVolatileFeatures
  [0x3e8, 4, 0x240n], // XState.Size
  [0x3f4, 4, 160n], // XState.Features of x87: at 0
  [0x3f8, 4, 160n], // XState.Features of SSE
  [0x3fc, 4, 256n],
];

/** NtSystemRoot, a NUL-terminated path. */
const SYSTEM_ROOT = { offset: 0x30, path: 'C:\\Windows' };

function shareUserData(mmu: Mmu, frame: Pa): void {
  const shared = { writable: false, executable: false, cache: 'write-back' } as const;
  mmu.tables.map(KUSER_SHARED_DATA_VA, frame, { ...shared, user: false });
  mmu.tables.map(USER_SHARED_DATA_VA, frame, { ...shared, user: true });
  const put = (offset: number, bytes: 1 | 2 | 4 | 8, value: bigint): void =>
    mmu.physical.write(mmu.translate(vaAdd(KUSER_SHARED_DATA_VA, offset), 'read'), bytes, value);
  for (const [offset, bytes, value] of SHARED_DATA) put(offset, bytes, value);
  [...SYSTEM_ROOT.path].forEach((c, i) => {
    put(SYSTEM_ROOT.offset + i * 2, 2, BigInt(c.charCodeAt(0)));
  });
}
