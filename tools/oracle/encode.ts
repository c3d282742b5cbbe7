/** Instructions as bytes at an address, and what iced-x86 says about them. */
import {
  Code,
  Decoder,
  Encoder,
  Formatter,
  FormatterSyntax,
  Instruction,
  Mnemonic,
  type OpCodeInfo,
  OpCodeOperandKind,
} from 'iced-x86';

export interface CodeEntry {
  readonly code: Code;
  readonly name: string;
  readonly mnemonic: string;
  readonly info: OpCodeInfo;
  readonly operands: readonly string[];
}

/** Every encoding of 64-bit mode, with the names of its operand kinds. */
export function codes(): CodeEntry[] {
  const entries: CodeEntry[] = [];
  const probe = new Instruction();
  for (const [name, code] of Object.entries(Code)) {
    if (typeof code !== 'number' || code < Code.Add_rm8_r8) continue;
    probe.code = code;
    const info = probe.opCode;
    if (!info.mode64) continue;
    const operands = Array.from(
      { length: info.opCount },
      (_, i) => OpCodeOperandKind[info.opKind(i)] ?? '',
    );
    entries.push({ code, name, mnemonic: Mnemonic[info.mnemonic] ?? '', info, operands });
  }
  return entries;
}

const formatter = new Formatter(FormatterSyntax.Intel);
formatter.hexPrefix = '0x';
formatter.hexSuffix = '';
formatter.uppercaseHex = false;

export interface Encoded {
  readonly bytes: Uint8Array;
  readonly text: string;
  /** Decoded again from the bytes: what the processor saw. */
  readonly instruction: Instruction;
}

/** Undefined where these operands have no encoding (AH with a REX prefix). */
export function encode(instruction: Instruction, at: bigint): Encoded | undefined {
  const encoder = new Encoder(64);
  try {
    encoder.encode(instruction, at);
  } catch {
    return undefined;
  } finally {
    instruction.free();
  }
  return decode(encoder.takeBuffer(), at);
}

export function decode(bytes: Uint8Array, at: bigint): Encoded {
  const decoder = new Decoder(64, bytes, 0);
  decoder.ip = at;
  const instruction = decoder.decode();
  return { bytes, text: formatter.format(instruction), instruction };
}
