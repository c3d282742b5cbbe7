/** C structures in guest memory, declared once for x64 and x86, laid out by the C rules and checked against the known size. */
import type { Mmu } from '../memory/mmu.ts';
import { type Va, va, vaAdd } from '../units/address.ts';
import { assert } from '../units/errors.ts';

export type Architecture = 'x64' | 'x86';

/** A C type: how long, how aligned, and how its value looks to us. */
export interface CType<Value> {
  readonly name: string;
  size(architecture: Architecture): number;
  align(architecture: Architecture): number;
  read(memory: Mmu, at: Va, architecture: Architecture): Value;
  write(memory: Mmu, at: Va, value: Value, architecture: Architecture): void;
  /** The value in a register or stack slot whose upper bits are undefined; absent for types not passed so. */
  readonly fromSlot?: (raw: bigint) => Value;
  /** The value's name in its header, for enumerations and the like; absent where a number is all there is. */
  label?(value: Value): string;
  /** Of a pointer: what it points to, and whether only the callee fills that in. */
  readonly pointee?: { readonly name: string; readonly isOutput: boolean };
}

export type ValueOf<T> = T extends CType<infer Value> ? Value : never;

const integer = (name: string, size: 1 | 2 | 4, signed = false): CType<number> => ({
  name,
  size: () => size,
  align: () => size,
  fromSlot: (raw) => Number((signed ? BigInt.asIntN : BigInt.asUintN)(size * 8, raw)),
  read: (memory, at) =>
    Number((signed ? BigInt.asIntN : BigInt.asUintN)(size * 8, memory.read(at, size))),
  write: (memory, at, value) => memory.write(at, size, BigInt.asUintN(size * 8, BigInt(value))),
});

export const u8 = integer('UCHAR', 1);
export const i8 = integer('CHAR', 1, true);
export const u16 = integer('USHORT', 2);
export const i16 = integer('SHORT', 2, true);
export const u32 = integer('ULONG', 4);
export const i32 = integer('LONG', 4, true);

const wide = (name: string, signed: boolean): CType<bigint> => ({
  name,
  size: () => 8,
  align: () => 8,
  fromSlot: (raw) => (signed ? BigInt.asIntN(64, raw) : BigInt.asUintN(64, raw)),
  read: (memory, at) => (signed ? BigInt.asIntN(64, memory.read(at, 8)) : memory.read(at, 8)),
  write: (memory, at, value) => memory.write(at, 8, BigInt.asUintN(64, value)),
});
export const u64 = wide('ULONG64', false);
export const i64 = wide('LONG64', true);

export const bool: CType<boolean> = {
  name: 'BOOLEAN',
  size: () => 1,
  align: () => 1,
  fromSlot: (raw) => (raw & 0xffn) !== 0n,
  read: (memory, at) => memory.read(at, 1) !== 0n,
  write: (memory, at, value) => memory.write(at, 1, value ? 1n : 0n),
};

/** The same type under the name its header gives it, whose values have names of their own. */
export const named = <Value>(
  type: CType<Value>,
  name: string,
  label: (value: Value) => string,
): CType<Value> => ({ ...type, name, label });

const word = (architecture: Architecture): 4 | 8 => (architecture === 'x64' ? 8 : 4);

const pointerSized = <Value extends bigint>(
  name: string,
  wrap: (raw: bigint) => Value,
): CType<Value> => ({
  name,
  size: word,
  align: word,
  fromSlot: wrap,
  read: (memory, at, architecture) => wrap(memory.read(at, word(architecture))),
  write: (memory, at, value, architecture) =>
    memory.write(at, word(architecture), BigInt.asUintN(word(architecture) * 8, value)),
});

/** A pointer; traces show what a pointee of this name holds. */
export const ptr = (to = 'VOID'): CType<Va> => ({
  ...pointerSized(`${to}*`, va),
  pointee: { name: to, isOutput: false },
});
/** A pointer to what the callee fills in: before the call nothing that lies there means anything. */
export const out = (to: string): CType<Va> => ({
  ...pointerSized(`${to}*`, va),
  pointee: { name: to, isOutput: true },
});
export const sizeT = pointerSized('SIZE_T', (raw) => raw);
export const handle = pointerSized('HANDLE', (raw) => raw);

/** A fixed array as a view: elements are read and written one by one. */
export interface ArrayView<Value> {
  readonly length: number;
  readonly address: Va;
  get(index: number): Value;
  set(index: number, value: Value): void;
}

export const array = <Value>(element: CType<Value>, length: number): CType<ArrayView<Value>> => ({
  name: `${element.name}[${length}]`,
  size: (architecture) => element.size(architecture) * length,
  align: (architecture) => element.align(architecture),
  read(memory, at, architecture) {
    const place = (index: number): Va => vaAdd(at, index * element.size(architecture));
    return {
      length,
      address: at,
      get: (index) => element.read(memory, place(index), architecture),
      set: (index, value) => element.write(memory, place(index), value, architecture),
    };
  },
  write() {
    throw new TypeError('an array is written element by element');
  },
});

/** Bytes that the header reserves or that we never look at. */
export const reserved = (bytes: number, align = 1): CType<null> => ({
  name: `reserved[${bytes}]`,
  size: () => bytes,
  align: () => align,
  read: () => null,
  write: () => {},
});

type Fields = Readonly<Record<string, CType<unknown>>>;
/** A live view of one structure: reading a property loads from guest memory, assigning stores. */
export type View<F extends Fields> = { -readonly [K in keyof F]: ValueOf<F[K]> } & {
  readonly $address: Va;
};

export interface Struct<F extends Fields> extends CType<View<F>> {
  readonly bytes: number;
  at(memory: Mmu, address: Va): View<F>;
  offsetOf(field: keyof F & string, architecture?: Architecture): number;
}

interface Declaration<F extends Fields> {
  readonly name: string;
  /** sizeof, as the header has it; a mismatch throws when the module loads. */
  readonly size: { readonly x64: number; readonly x86?: number };
  readonly fields: F;
}

interface Layout {
  readonly offsets: ReadonlyMap<string, number>;
  readonly align: number;
  readonly size: number;
}

function layOut(fields: Fields, architecture: Architecture): Layout {
  const offsets = new Map<string, number>();
  let end = 0;
  let align = 1;
  for (const [name, type] of Object.entries(fields)) {
    const own = type.align(architecture);
    const at = Math.ceil(end / own) * own;
    offsets.set(name, at);
    end = at + type.size(architecture);
    align = Math.max(align, own);
  }
  return { offsets, align, size: Math.ceil(end / align) * align };
}

/** Declares a structure. Assigning to a nested structure or array is an error: assign to its members. */
export function struct<const F extends Fields>(declaration: Declaration<F>): Struct<F> {
  const { name, fields } = declaration;
  const x64 = layOut(fields, 'x64');
  assert(
    x64.size === declaration.size.x64,
    `${name} is ${x64.size} bytes on x64 but its header says ${declaration.size.x64}`,
  );
  const layouts: Partial<Record<Architecture, Layout>> = { x64 };
  const layout = (architecture: Architecture): Layout => {
    layouts[architecture] ??= layOut(fields, architecture);
    return layouts[architecture];
  };
  const views: Partial<Record<Architecture, ViewOf>> = {};
  const view = (memory: Mmu, at: Va, architecture: Architecture): View<F> => {
    views[architecture] ??= viewOf(fields, layout(architecture).offsets, architecture);
    return new views[architecture](memory, at) as View<F>;
  };
  return {
    name,
    bytes: x64.size,
    size: (architecture) => layout(architecture).size,
    align: (architecture) => layout(architecture).align,
    read: view,
    write() {
      throw new TypeError(`${name} is written member by member`);
    },
    at: (memory, address) => view(memory, address, 'x64'),
    offsetOf(field, architecture = 'x64') {
      const offset = layout(architecture).offsets.get(field);
      assert(offset !== undefined, `${name} has a field ${field}`);
      return offset;
    },
  };
}

/** Makes views of one structure. */
type ViewOf = new (memory: Mmu, address: Va) => object;

function viewOf(
  fields: Fields,
  offsets: ReadonlyMap<string, number>,
  architecture: Architecture,
): ViewOf {
  const properties: PropertyDescriptorMap = {};
  for (const [name, type] of Object.entries(fields)) {
    const offset = offsets.get(name) ?? 0;
    properties[name] = {
      enumerable: true,
      get(this: { $memory: Mmu; $address: Va }) {
        return type.read(this.$memory, vaAdd(this.$address, offset), architecture);
      },
      set(this: { $memory: Mmu; $address: Va }, value: unknown) {
        type.write(this.$memory, vaAdd(this.$address, offset), value, architecture);
      },
    };
  }
  class StructView {
    readonly $memory: Mmu;
    readonly $address: Va;

    constructor(memory: Mmu, address: Va) {
      this.$memory = memory;
      this.$address = address;
    }
  }
  Object.defineProperties(StructView.prototype, properties);
  return StructView;
}
