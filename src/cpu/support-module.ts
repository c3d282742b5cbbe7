/** The module that goes with every processor: the function table, the way in, helpers and flag evaluation. */
import { CODE_MAP_SLOT, CODE_MAP_WAYS, codeMapEntry } from './code-map.ts';
import { flagsOf, wordOf } from './flag-expressions.ts';
import { CARRY_APART, FLAG_OPERATIONS, FLAGS_RAW } from './flag-thunk.ts';
import { HOST_HELPERS, LEAVE, LEAVE_BASE, LEAVE_CODES, REGION_SIGNATURE } from './helpers.ts';
import { HOST_ZERO } from './region-frame.ts';
import { STATE } from './state.ts';
import { CodeWriter, type Local } from './wasm/code-writer.ts';
import {
  call,
  constI32,
  constI64,
  type I32,
  type I64,
  LOAD,
  load,
  localGet,
  STORE,
  select,
} from './wasm/expression.ts';
import { i32, i64, wrap } from './wasm/integer.ts';
import { ModuleWriter, type Signature } from './wasm/module-writer.ts';
import type { Int } from './width.ts';

/** Builds the module; its exports carry the names of the helpers. */
export function supportModule(): Uint8Array {
  const module = new ModuleWriter();
  module.importMemory('memory');
  const helpers = Object.entries(HOST_HELPERS);
  const hosts = helpers.map(([name, signature]) => module.importFunction(name, signature));
  module.ownTable(0, 'table');
  helpers.forEach(([name, signature], i) => {
    module.export(name, defineForwarder(module, hosts[i] ?? 0, signature));
  });
  const flagsWord = defineFlagsWord(module);
  module.export('flagsWord', flagsWord);
  module.export('stateFlags', defineStateFlags(module, flagsWord));
  module.export('enter', defineEnter(module));
  return module.finish();
}

/** A WebAssembly function that calls a host function: what a helper table can hold. */
function defineForwarder(module: ModuleWriter, target: number, signature: Signature): number {
  const writer = new CodeWriter(signature.parameters);
  signature.parameters.forEach((type, i) => {
    writer.push(localGet(type, i));
  });
  writer.call(target);
  return module.define(module.type(signature), writer.finish());
}

/** (code, a, b, c) -> status flags. */
function defineFlagsWord(module: ModuleWriter): number {
  const type = module.type({ parameters: ['i32', 'i64', 'i64', 'i64'], results: ['i32'] });
  const writer = new CodeWriter(['i32', 'i64', 'i64', 'i64']);
  const code = localGet('i32', 0);
  const operands = { a: localGet('i64', 1), b: localGet('i64', 2), c: localGet('i64', 3) };
  const cases = Array.from({ length: FLAG_OPERATIONS.length * 4 }, (_, i) => i);
  const temporaries = new Temporaries(writer);
  const keep = (value: Int): Int => temporaries.keep(value);
  const raw = writer.block();
  const labels = cases.map(() => writer.block()).reverse();
  writer.brTable(i32.and(code, constI32(~CARRY_APART)), [...labels, raw]);
  for (const known of cases) {
    writer.end();
    writer.return(withCarryApart(code, wordOf(flagsOf(known, operands, keep)), operands.c));
    temporaries.release();
  }
  writer.end();
  writer.push(withCarryApart(code, wordOf(flagsOf(FLAGS_RAW, operands)), operands.c));
  return module.define(type, writer.finish());
}

/** Locals that each case uses anew. */
class Temporaries {
  readonly #writer: CodeWriter;
  readonly #locals = { i32: [] as Local<'i32'>[], i64: [] as Local<'i64'>[] };
  readonly #used = { i32: 0, i64: 0 };

  constructor(writer: CodeWriter) {
    this.#writer = writer;
  }

  keep(value: Int): Int {
    const { type } = value;
    const locals: Local[] = this.#locals[type];
    const local = locals[this.#used[type]++] ?? this.#add(type);
    this.#writer.set(local, value);
    return local.get as Int;
  }

  release(): void {
    this.#used.i32 = 0;
    this.#used.i64 = 0;
  }

  #add(type: 'i32' | 'i64'): Local {
    const local = this.#writer.local(type);
    const locals: Local[] = this.#locals[type];
    locals.push(local);
    return local;
  }
}

function withCarryApart(code: I32, word: I32, c: I64): I32 {
  const apart = i32.or(i32.and(word, constI32(~1)), wrapCarry(c));
  return select(i32.and(code, constI32(CARRY_APART)), apart, word);
}
const wrapCarry = (c: I64): I32 => i64.ne(c, i64.const(0n));

/** () -> status flags of the spilled thunk. */
function defineStateFlags(module: ModuleWriter, flagsWord: number): number {
  const writer = new CodeWriter();
  const field = (at: number): I64 => load('i64', LOAD.i64, HOST_ZERO, at);
  const code = load('i32', LOAD.i32, HOST_ZERO, STATE.flagOp);
  const { flagA, flagB, flagC } = STATE;
  writer.push(call('i32', flagsWord, code, field(flagA), field(flagB), field(flagC)));
  return module.define(module.type({ parameters: [], results: ['i32'] }), writer.finish());
}

/**
 * (slot) -> leave code: the one way from JavaScript into translated code. Regions return where control
 * goes next; while the code map knows the place, it goes on there.
 */
function defineEnter(module: ModuleWriter): number {
  const type = module.type({ parameters: ['i32'], results: ['i32'] });
  const writer = new CodeWriter(['i32']);
  const slot = { type: 'i32', index: 0, get: localGet('i32', 0) } as const;
  const next = writer.local('i64');
  const entry = writer.local('i32');
  const again = writer.loop();
  writer.callIndirect(module.type(REGION_SIGNATURE), slot.get);
  writer.pop(next);
  writer.if(i64.ltU(i64.sub(next.get, constI64(LEAVE_BASE)), constI64(BigInt(LEAVE_CODES))));
  writer.return(wrap(next.get));
  writer.end();
  writer.set(entry, codeMapEntry(next.get));
  for (const way of CODE_MAP_WAYS) {
    writer.if(i64.eq(load('i64', LOAD.i64, entry.get, way), next.get));
    writer.set(slot, load('i32', LOAD.i32, entry.get, way + CODE_MAP_SLOT));
    writer.br(again);
    writer.end();
  }
  writer.store(STORE.i64, HOST_ZERO, next.get, STATE.rip);
  writer.return(constI32(LEAVE.lookup));
  writer.end();
  writer.unreachable();
  return module.define(type, writer.finish());
}
