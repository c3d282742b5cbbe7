/** Flags that the Intel SDM (vol. 2, "Flags Affected") leaves undefined: recorded, but not compared. */

const CF = 1;
const PF = 4;
const AF = 0x10;
const ZF = 0x40;
const SF = 0x80;
const OF = 0x800;
const ALL = CF | PF | AF | ZF | SF | OF;

const ALWAYS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    And: AF,
    Or: AF,
    Xor: AF,
    Test: AF,
    Mul: PF | AF | ZF | SF,
    Imul: PF | AF | ZF | SF,
    Div: ALL,
    Idiv: ALL,
    Bt: PF | AF | SF | OF,
    Bts: PF | AF | SF | OF,
    Btr: PF | AF | SF | OF,
    Btc: PF | AF | SF | OF,
    Bsf: ALL & ~ZF,
    Bsr: ALL & ~ZF,
    Tzcnt: PF | AF | SF | OF,
    Lzcnt: PF | AF | SF | OF,
    Andn: PF | AF,
    Blsi: PF | AF,
    Blsmsk: PF | AF,
    Blsr: PF | AF,
    Bzhi: PF | AF,
    Bextr: PF | AF | SF,
  }),
);

/** `count` as the shifter sees it before masking; only shifts and rotates have one. */
export function undefinedFlags(mnemonic: string, width: number, count: number): number {
  const masked = count & (width === 64 ? 63 : 31);
  switch (mnemonic) {
    case 'Shl':
    case 'Sal':
    case 'Shr':
    case 'Sar':
      if (masked === 0) return 0;
      return AF | (masked === 1 ? 0 : OF) | (masked >= width && mnemonic !== 'Sar' ? CF : 0);
    case 'Rol':
    case 'Ror':
    case 'Rcl':
    case 'Rcr':
      return masked <= 1 ? 0 : OF;
    case 'Shld':
    case 'Shrd':
      if (masked === 0) return 0;
      return masked > width ? ALL : AF | (masked === 1 ? 0 : OF);
    default:
      return ALWAYS.get(mnemonic) ?? 0;
  }
}
