/** The small languages of option values: numbers, NAME=VALUE pairs and control codes. */
import type { IoctlRequest, RegistryValue } from '../scenario/options.ts';
import { badArgument } from '../units/errors.ts';
import { STATUS_CODES } from '../units/status-codes.ts';

/** A user's request buffer; METHOD_BUFFERED drivers copy it whole. */
const MAX_IOCTL_BYTES = 1 << 20;

function integer(text: string): bigint | null {
  return /^-?(0x[0-9a-f]+|[0-9]+)$/i.test(text)
    ? BigInt(text.replace('-', '')) * (text.startsWith('-') ? -1n : 1n)
    : null;
}

/** A whole number from `least` to `most`, decimal or 0x. */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = integer(text);
  if (value === null || value < BigInt(least) || value > BigInt(most)) {
    throw badArgument(
      `--${option} needs a whole number from ${least} to ${most}, decimal or 0x, not ${text}`,
    );
  }
  return Number(value);
}

function pair(option: string, text: string, shape: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw badArgument(`--${option} needs ${shape}, not ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

export function registryValue(text: string): RegistryValue {
  const [key, value] = pair('registry', text, 'KEY=VALUE');
  return { key, value };
}

/** `NAME=VALUE`; the value is a number or the name of a status, as a 64-bit register holds it. */
export function stub(text: string): [string, bigint] {
  const [name, given] = pair('stub', text, 'NAME=VALUE');
  const status = Object.entries(STATUS_CODES).find(([known]) => known === given)?.[1];
  const value = status === undefined ? integer(given) : BigInt(status);
  if (value === null) {
    throw badArgument(`--stub ${name} needs a number or a STATUS_ name, not ${given}`);
  }
  return [name, BigInt.asUintN(64, value)];
}

/** `CODE[:INPUTHEX[:OUTLEN|=OUTHEX]]` */
export function ioctl(text: string): IoctlRequest {
  const [code = '', input = '', out = '0', ...extra] = text.split(':');
  if (extra.length > 0) {
    throw badArgument(`--ioctl needs CODE[:INPUTHEX[:OUTLEN|=OUTHEX]], not ${text}`);
  }
  const output = out.startsWith('=') ? bytes(out.slice(1)) : undefined;
  return {
    code: wholeNumber('ioctl', code, 0, 0xffff_ffff),
    input: bytes(input),
    outputLength: output?.length ?? wholeNumber('ioctl', out, 0, MAX_IOCTL_BYTES),
    ...(output !== undefined && { output }),
  };
}

function bytes(hexDigits: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/i.test(hexDigits)) {
    throw badArgument(`--ioctl needs its bytes as pairs of hex digits, not ${hexDigits}`);
  }
  const length = hexDigits.length / 2;
  if (length > MAX_IOCTL_BYTES) throw badArgument(`--ioctl takes up to ${MAX_IOCTL_BYTES} bytes`);
  return Uint8Array.from({ length }, (_, at) =>
    Number.parseInt(hexDigits.slice(2 * at, 2 * at + 2), 16),
  );
}
