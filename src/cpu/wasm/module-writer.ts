/** Assembles a WebAssembly module from its parts (core 5.5). */
import { ByteWriter } from './bytes.ts';
import { VALUE_TYPE_CODE, type ValueType } from './expression.ts';

export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

type Import =
  | { readonly name: string; readonly kind: 'function'; readonly type: number }
  | { readonly name: string; readonly kind: 'memory' }
  | { readonly name: string; readonly kind: 'table' };

interface Definition {
  readonly type: number;
  readonly body: Uint8Array;
}

interface Element {
  readonly slot: number;
  readonly functions: readonly number[];
}

const FUNCREF = 0x70;
const MODULE_NAME = 'e';

export class ModuleWriter {
  readonly #types: Signature[] = [];
  readonly #imports: Import[] = [];
  readonly #definitions: Definition[] = [];
  readonly #exports: { name: string; kind: number; index: number }[] = [];
  readonly #elements: Element[] = [];
  #ownTableSize: number | undefined;
  #importedFunctions = 0;

  type(signature: Signature): number {
    const same = this.#types.findIndex((other) => sameSignature(other, signature));
    return same >= 0 ? same : this.#types.push(signature) - 1;
  }

  importFunction(name: string, signature: Signature): number {
    this.#imports.push({ name, kind: 'function', type: this.type(signature) });
    return this.#importedFunctions++;
  }

  importMemory(name: string): void {
    this.#imports.push({ name, kind: 'memory' });
  }

  importTable(name: string): void {
    this.#imports.push({ name, kind: 'table' });
  }

  ownTable(size: number, exportName: string): void {
    this.#ownTableSize = size;
    this.#exports.push({ name: exportName, kind: 1, index: 0 });
  }

  /** Adds a function; all imports come first. Returns its index. */
  define(type: number, body: Uint8Array): number {
    return this.#importedFunctions + this.#definitions.push({ type, body }) - 1;
  }

  export(name: string, functionIndex: number): void {
    this.#exports.push({ name, kind: 0, index: functionIndex });
  }

  /** Places functions in table slots when the module is instantiated. */
  element(slot: number, functions: readonly number[]): void {
    this.#elements.push({ slot, functions });
  }

  finish(): Uint8Array {
    const out = new ByteWriter();
    out.bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    section(out, 1, this.#types, writeSignature);
    section(out, 2, this.#imports, writeImport);
    section(out, 3, this.#definitions, (to, { type }) => to.unsigned(type));
    if (this.#ownTableSize !== undefined) {
      section(out, 4, [this.#ownTableSize], (to, size) => {
        to.bytes([FUNCREF, 0]);
        to.unsigned(size);
      });
    }
    section(out, 7, this.#exports, (to, { name, kind, index }) => {
      to.text(name);
      to.byte(kind);
      to.unsigned(index);
    });
    section(out, 9, this.#elements, writeElement);
    section(out, 10, this.#definitions, (to, { body }) => to.bytes(body));
    return out.view();
  }
}

function section<T>(
  out: ByteWriter,
  id: number,
  items: readonly T[],
  write: (to: ByteWriter, item: T) => void,
): void {
  if (items.length === 0) return;
  const content = new ByteWriter();
  content.unsigned(items.length);
  for (const item of items) write(content, item);
  out.byte(id);
  out.unsigned(content.length);
  out.append(content);
}

function writeSignature(to: ByteWriter, { parameters, results }: Signature): void {
  to.byte(0x60);
  for (const types of [parameters, results]) {
    to.unsigned(types.length);
    for (const type of types) to.byte(VALUE_TYPE_CODE[type]);
  }
}

function writeImport(to: ByteWriter, entry: Import): void {
  to.text(MODULE_NAME);
  to.text(entry.name);
  switch (entry.kind) {
    case 'function':
      to.byte(0);
      to.unsigned(entry.type);
      break;
    case 'table':
      to.bytes([1, FUNCREF, 0, 0]);
      break;
    case 'memory':
      to.bytes([2, 0, 1]);
  }
}

function writeElement(to: ByteWriter, { slot, functions }: Element): void {
  to.byte(0);
  to.byte(0x41);
  to.signed(slot);
  to.byte(0x0b);
  to.unsigned(functions.length);
  for (const index of functions) to.unsigned(index);
}

const sameSignature = (a: Signature, b: Signature): boolean =>
  a.parameters.join() === b.parameters.join() && a.results.join() === b.results.join();
