/** The templates of scanf as Microsoft's runtime reads them: what each piece takes from the input. */

export type Piece =
  | { readonly kind: 'space' }
  | { readonly kind: 'literal'; readonly unit: number }
  | { readonly kind: 'count'; readonly bytes: 1 | 2 | 4 | 8 }
  | {
      readonly kind: 'integer';
      readonly radix: number;
      readonly bytes: 1 | 2 | 4 | 8;
      readonly most: number;
      readonly stores: boolean;
    }
  | {
      readonly kind: 'text';
      /** `characters` takes so many of any kind and adds no zero. */
      readonly takes: 'word' | 'set' | 'characters';
      readonly accepts: (unit: number) => boolean;
      readonly isWide: boolean;
      readonly most: number;
      readonly stores: boolean;
    }
  /** A conversion that is none, or none of those modelled. */
  | { readonly kind: 'other'; readonly conversion: string };

export const isSpace = (unit: number): boolean => unit === 0x20 || (unit >= 9 && unit <= 13);

const SIZES: Readonly<Record<string, 1 | 2 | 4 | 8>> = {
  hh: 1,
  h: 2,
  '': 4,
  l: 4,
  I32: 4,
  ll: 8,
  I64: 8,
  I: 8,
  z: 8,
  j: 8,
  t: 8,
};

const RADIXES: Readonly<Record<string, number>> = { d: 10, u: 10, i: 0, o: 8, x: 16, X: 16, p: 16 };

const CONVERSION = /^%(\*?)(\d*)(hh|h|ll|l|I64|I32|I|w|z|j|t|)(\[\^?\]?[^\]]*\]|.|$)/su;

/** Pieces in order; `isWide` tells whose template it is, for %s and %S. */
export function* piecesOf(template: string, isWide: boolean): Generator<Piece> {
  let rest = template;
  while (rest !== '') {
    const unit = rest.charCodeAt(0);
    const found = unit === 0x25 ? CONVERSION.exec(rest) : null;
    if (found === null) {
      yield isSpace(unit) ? { kind: 'space' } : { kind: 'literal', unit };
      rest = rest.slice(1);
      continue;
    }
    const [whole, star = '', width = '', size = '', conversion = ''] = found;
    rest = rest.slice(whole.length);
    yield pieceOf({ stores: star === '', most: mostOf(width), size, conversion }, isWide);
  }
}

const mostOf = (width: string): number => (width === '' ? Number.POSITIVE_INFINITY : Number(width));

interface Conversion {
  readonly stores: boolean;
  readonly most: number;
  readonly size: string;
  readonly conversion: string;
}

function pieceOf({ stores, most, size, conversion }: Conversion, isWide: boolean): Piece {
  if (conversion === '%') return { kind: 'literal', unit: 0x25 };
  const bytes = conversion === 'p' ? 8 : SIZES[size];
  if (conversion === 'n' && bytes !== undefined) return { kind: 'count', bytes };
  const radix = RADIXES[conversion];
  if (radix !== undefined && bytes !== undefined) {
    return { kind: 'integer', radix, bytes, most, stores };
  }
  const wide = isWideText(size, conversion, isWide);
  const text = { kind: 'text', isWide: wide, stores } as const;
  if (conversion === 's' || conversion === 'S') {
    return { ...text, takes: 'word', accepts: (unit) => !isSpace(unit), most };
  }
  if (conversion === 'c' || conversion === 'C') {
    const count = Number.isFinite(most) ? most : 1;
    return { ...text, takes: 'characters', accepts: () => true, most: count };
  }
  if (conversion.startsWith('['))
    return { ...text, takes: 'set', accepts: setOf(conversion), most };
  return { kind: 'other', conversion };
}

/** A size says it; otherwise a capital letter means the other kind than the function's own. */
function isWideText(size: string, conversion: string, isWide: boolean): boolean {
  if (size === 'l' || size === 'w') return true;
  if (size === 'h') return false;
  return conversion === 'S' || conversion === 'C' ? !isWide : isWide;
}

/** `[a-z_]` and `[^...]`; a bracket that comes first is a member. */
function setOf(conversion: string): (unit: number) => boolean {
  const isNot = conversion[1] === '^';
  const members = conversion.slice(isNot ? 2 : 1, -1);
  const ranges: [number, number][] = [];
  for (let i = 0; i < members.length; i++) {
    const first = members.charCodeAt(i);
    const isRange = members[i + 1] === '-' && i + 2 < members.length;
    const last = isRange ? members.charCodeAt(i + 2) : first;
    ranges.push([Math.min(first, last), Math.max(first, last)]);
    if (isRange) i += 2;
  }
  return (unit) => ranges.some(([low, high]) => unit >= low && unit <= high) !== isNot;
}
