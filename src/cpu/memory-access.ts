/** Loads and stores of translated code: straight through the software TLB, or each one through the host. */
import { TLB_ENTRIES, TLB_READ_OFFSET, TLB_WRITE_OFFSET } from '../memory/host-layout.ts';
import { callHelper, type HostHelper, LEAVE } from './helpers.ts';
import { HOST_ZERO, type RegionFrame } from './region-frame.ts';
import { STATE } from './state.ts';
import type { Local } from './wasm/code-writer.ts';
import {
  constI32,
  constI64,
  type I32,
  type I64,
  LOAD,
  load,
  STORE,
  type V128,
} from './wasm/expression.ts';
import { i32, i64, wrap } from './wasm/integer.ts';
import { i64x2 } from './wasm/vector.ts';
import type { Int, Width } from './width.ts';

/** Guest memory at one address, checked once for the access it was opened for. */
export interface Place {
  load(w: Width, offset?: number): Int;
  store(w: Width, value: Int, offset?: number): void;
  /** Sixteen bytes. */
  loadVector(): V128;
  storeVector(value: V128): void;
}

export type Intent = 'read' | 'write' | 'modify';

export interface MemoryPath {
  /** `address` may be evaluated often; `bytes` from it on must be reachable. */
  open(address: I64, bytes: number, intent: Intent): Place;
}

const ENTRY_MASK = (TLB_ENTRIES - 1) << 4;
const REFUSED = -1;

/** RAM pages in the TLB; anything else leaves the region before the instruction has done anything. */
export class DirectPath implements MemoryPath {
  readonly #frame: RegionFrame;
  readonly #temporary: (type: 'i32') => Local<'i32'>;
  readonly #bail: () => void;

  constructor(frame: RegionFrame, temporary: (type: 'i32') => Local<'i32'>, bail: () => void) {
    this.#frame = frame;
    this.#temporary = temporary;
    this.#bail = bail;
  }

  open(address: I64, bytes: number, intent: Intent): Place {
    const host = this.#host(address, bytes, intent);
    return {
      load: (w, offset = 0) => w.load(host.get, offset),
      store: (w, value, offset = 0) => this.#frame.writer.store(w.storeOp, host.get, value, offset),
      loadVector: () => load('v128', LOAD.v128, host.get),
      storeVector: (value) => this.#frame.writer.store(STORE.v128, host.get, value),
    };
  }

  #host(address: I64, bytes: number, intent: Intent): Local<'i32'> {
    const { writer } = this.#frame;
    const table = intent === 'read' ? TLB_READ_OFFSET : TLB_WRITE_OFFSET;
    const fill: HostHelper = intent === 'read' ? 'fillRead' : 'fillWrite';
    const host = this.#temporary('i32');
    const entry = this.#temporary('i32');
    writer.set(entry, i32.and(wrap(i64.shrU(address, constI64(8n))), constI32(ENTRY_MASK)));
    const last = i64.add(address, constI64(BigInt(bytes - 1)));
    const page = i64.and(last, constI64(-0x1000n));
    writer.if(i64.eq(load('i64', LOAD.i64, entry.get, table), page), 'i32');
    writer.push(i32.add(wrap(address), load('i32', LOAD.i32, entry.get, table + 8)));
    writer.else();
    writer.set(host, this.#missed(fill, address, bytes));
    writer.if(i32.eq(host.get, constI32(REFUSED)));
    this.#bail();
    writer.end();
    writer.push(host.get);
    writer.end();
    writer.pop(host);
    return host;
  }

  /** An access that crosses a page never hits. */
  #missed(fill: HostHelper, address: I64, bytes: number): I32 {
    return callHelper('i32', fill, address, constI32(bytes));
  }
}

/** The region's first instruction, whose registers are still as the state has them: the host does each access. */
export class HostPath implements MemoryPath {
  readonly #frame: RegionFrame;
  readonly #keep: (value: I64) => Local<'i64'>;
  /** Set when an access was emitted. */
  used = false;

  constructor(frame: RegionFrame, keep: (value: I64) => Local<'i64'>) {
    this.#frame = frame;
    this.#keep = keep;
  }

  open(address: I64, _bytes: number, intent: Intent): Place {
    this.used = true;
    const at = (offset: number): I64 => i64.add(address, constI64(BigInt(offset)));
    return {
      load: (w, offset = 0) => {
        const helper = intent === 'read' ? 'slowRead' : 'slowModify';
        const value = this.#keep(callHelper('i64', helper, at(offset), constI32(w.size)));
        this.#leaveOnFault();
        return w.fromI64(value.get);
      },
      store: (w, value, offset = 0) => {
        const { writer } = this.#frame;
        const size = constI32(w.size);
        writer.push(callHelper('i64', 'slowWrite', at(offset), size, w.toI64(w.cut(value))));
        this.#leaveOnFault();
      },
      loadVector: () => {
        const half = (offset: number): I64 => {
          const read = callHelper('i64', 'slowRead', at(offset), constI32(8));
          const value = this.#keep(read).get;
          this.#leaveOnFault();
          return value;
        };
        const low = half(0);
        return i64x2.replace(i64x2.splat(low), 1, half(8));
      },
      storeVector: (value) => {
        const [low, high] = [i64x2.extract(value, 0), i64x2.extract(value, 1)];
        this.#frame.writer.push(callHelper('i64', 'slowWriteVector', address, low, high));
        this.#leaveOnFault();
      },
    };
  }

  #leaveOnFault(): void {
    const { writer } = this.#frame;
    writer.if(load('i32', LOAD.i32, HOST_ZERO, STATE.fault));
    this.#frame.abandon(LEAVE.fault);
    writer.end();
  }
}
