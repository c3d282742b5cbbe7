/** %e, %f, %g and %a of the C runtime, from the bits of a double. */

export function formatFloat(
  bits: bigint,
  type: string,
  precision: number,
  alternate: boolean,
): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  const value = view.getFloat64(0);
  const text = Number.isFinite(value)
    ? finite(value, bits, type.toLowerCase(), precision, alternate)
    : special(value, bits);
  return type === type.toUpperCase() ? text.toUpperCase() : text;
}

const special = (value: number, bits: bigint): string => {
  const sign = bits >> 63n === 0n ? '' : '-';
  return Number.isNaN(value) ? `${sign}nan` : `${sign}inf`;
};

function finite(
  value: number,
  bits: bigint,
  type: string,
  precision: number,
  alternate: boolean,
): string {
  const sign = bits >> 63n === 0n ? '' : '-';
  const magnitude = Math.abs(value);
  switch (type) {
    case 'f':
      return sign + fixed(magnitude, precision, alternate);
    case 'e':
      return sign + exponential(magnitude, precision, alternate);
    case 'g':
      return sign + general(magnitude, precision, alternate);
    default:
      return sign + hexadecimal(bits, precision);
  }
}

/** Exact digits of any double, without the range limits of toFixed. */
function fixed(value: number, precision: number, alternate: boolean): string {
  const places = Math.min(precision, 100);
  const zeros = '0'.repeat(precision - places);
  const text = value < 1e21 ? value.toFixed(places) + zeros : large(value, precision);
  return alternate && precision === 0 ? `${text}.` : text;
}

const large = (value: number, precision: number): string =>
  BigInt(value).toString() + (precision === 0 ? '' : `.${'0'.repeat(precision)}`);

/** Exponents have at least two digits. */
function exponential(value: number, precision: number, alternate: boolean): string {
  const [digits = '0', exponent = '+0'] = value.toExponential(Math.min(precision, 100)).split('e');
  const point = alternate && precision === 0 ? '.' : '';
  return `${digits}${point}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

function general(value: number, precision: number, alternate: boolean): string {
  const digits = Math.min(Math.max(precision, 1), 100);
  const exponent = Number(value.toExponential(digits - 1).split('e')[1] ?? 0);
  const scientific = exponent < -4 || exponent >= digits;
  const text = scientific
    ? exponential(value, digits - 1, alternate)
    : fixed(value, Math.min(digits - 1 - exponent, 100), alternate);
  if (alternate) return text;
  const [mantissa = '', power] = text.split('e');
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  return power === undefined ? short : `${short}e${power}`;
}

function hexadecimal(bits: bigint, precision: number): string {
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = (bits & 0xf_ffff_ffff_ffffn).toString(16).padStart(13, '0');
  const power = exponent === 0 ? (fraction === '0'.repeat(13) ? 0 : -1022) : exponent - 1023;
  const digits = fraction.slice(0, Math.min(precision, 13)).padEnd(precision, '0');
  const point = digits === '' ? '' : `.${digits}`;
  return `0x${exponent === 0 ? 0 : 1}${point}p${power < 0 ? '' : '+'}${power}`;
}
