/** Model-specific registers that drivers read (Intel SDM vol. 4); others do not exist and raise #GP. */

const IA32_TSC = 0x10;

/** Read-only or remembered registers and their values at reset. */
const INITIAL: readonly (readonly [number, bigint])[] = [
  [0x17, 0n], // IA32_PLATFORM_ID
  [0x1b, 0xfee0_0900n], // IA32_APIC_BASE: enabled, bootstrap processor
  [0x3a, 0x1n], // IA32_FEATURE_CONTROL: locked
  [0x8b, 0n], // IA32_BIOS_SIGN_ID
  [0xce, 0n], // MSR_PLATFORM_INFO
  [0xe7, 0n], // IA32_MPERF
  [0xe8, 0n], // IA32_APERF
  [0xfe, 0x508n], // IA32_MTRRCAP
  [0x174, 0x10n], // IA32_SYSENTER_CS
  [0x175, 0n],
  [0x176, 0n],
  [0x198, 0n], // IA32_PERF_STATUS
  [0x199, 0n], // IA32_PERF_CTL
  [0x19c, 0n], // IA32_THERM_STATUS
  [0x1a0, 0x1n], // IA32_MISC_ENABLE: fast strings
  [0x1d9, 0n], // IA32_DEBUGCTL
  [0x277, 0x0007_0106_0007_0106n], // IA32_PAT as Windows programs it
  [0x2ff, 0xc06n], // IA32_MTRR_DEF_TYPE
  [0xc000_0080, 0xd01n], // IA32_EFER: SCE LME LMA NXE
  [0xc000_0081, 0x0023_0010_0000_0000n], // IA32_STAR
  [0xc000_0082, 0n], // IA32_LSTAR
  [0xc000_0083, 0n], // IA32_CSTAR
  [0xc000_0084, 0x4700n], // IA32_FMASK
  [0xc000_0103, 0n], // IA32_TSC_AUX
];

export class ModelSpecificRegisters {
  readonly #values = new Map(INITIAL);
  readonly #timestamp: () => bigint;

  constructor(timestamp: () => bigint) {
    this.#timestamp = timestamp;
  }

  read(register: number): bigint | undefined {
    return register === IA32_TSC ? this.#timestamp() : this.#values.get(register);
  }

  write(register: number, value: bigint): boolean {
    if (!this.#values.has(register)) return false;
    this.#values.set(register, BigInt.asUintN(64, value));
    return true;
  }
}
