/** Fetches guest code: pages with execute permission, decoded at any address. */
import { Decoder, DecoderError, DecoderOptions } from 'iced-x86';
import { type GuestFault, isGuestFault } from '../memory/fault.ts';
import type { Mmu } from '../memory/mmu.ts';
import {
  byteOffset,
  PAGE_SIZE,
  type Pa,
  paAdd,
  pageOf,
  type Va,
  va,
  vaAdd,
} from '../units/address.ts';
import { decodeNext, type GuestInstruction } from './decode.ts';

/** The longest x86 instruction. */
const MAX_LENGTH = 15;

interface Page {
  readonly physical: Pa;
  readonly frame: number;
  /** Made when an instruction of the page has to be decoded. */
  decoding?: Decoding;
}

interface Decoding {
  readonly decoder: Decoder;
  readonly code: Uint8Array;
  /** Where fetching goes wrong when an instruction runs off the page. */
  readonly beyond: GuestFault | undefined;
}

/** Instructions decoded before; all are forgotten beyond this, far more than one driver needs. */
const KNOWN_INSTRUCTIONS = 0x1_0000;

/** What was decoded where. Bytes tell whether it still holds, so nothing has to be dropped when code changes. */
export class DecodedBefore {
  readonly #instructions = new Map<bigint, GuestInstruction>();

  at(address: bigint): GuestInstruction | undefined {
    return this.#instructions.get(address);
  }

  keep(instruction: GuestInstruction): void {
    if (this.#instructions.size === KNOWN_INSTRUCTIONS) this.#instructions.clear();
    this.#instructions.set(instruction.address, instruction);
  }
}

export type Fetched =
  | { readonly kind: 'instruction'; readonly instruction: GuestInstruction }
  | { readonly kind: 'fault'; readonly fault: GuestFault };

/** Reads code for one translation; `close` gives the decoders back. */
export class CodeReader {
  readonly #mmu: Mmu;
  readonly #before: DecodedBefore;
  readonly #pages = new Map<Va, Page | GuestFault>();

  constructor(mmu: Mmu, before = new DecodedBefore()) {
    this.#mmu = mmu;
    this.#before = before;
  }

  at(address: Va): Fetched {
    const page = this.#page(pageOf(address));
    if ('guestFault' in page) return { kind: 'fault', fault: { ...page, address } };
    const known = this.#before.at(address);
    if (known !== undefined && this.#stillHolds(known, page)) {
      return { kind: 'instruction', instruction: known };
    }
    page.decoding ??= this.#decoding(address, page.physical);
    const { decoder, code, beyond } = page.decoding;
    decoder.position = byteOffset(address);
    decoder.ip = address;
    const instruction = decodeNext(decoder, code);
    const error = decoder.lastError;
    if (error === DecoderError.NoMoreBytes && beyond !== undefined) {
      return { kind: 'fault', fault: beyond };
    }
    if (error === DecoderError.None) this.#before.keep(instruction);
    return { kind: 'instruction', instruction };
  }

  /** The bytes an instruction was decoded from are all that decides what it is. */
  #stillHolds({ address, bytes }: GuestInstruction, { physical }: Page): boolean {
    const offset = byteOffset(va(address));
    if (offset + bytes.length > PAGE_SIZE) return false;
    const now = this.#mmu.physical.readBytes(paAdd(physical, offset), bytes.length);
    return bytes.every((byte, i) => byte === now[i]);
  }

  /** Adds the frames and pages that the instruction's bytes lie in. */
  placesOf(instruction: GuestInstruction, frames: Set<number>, pages: Set<Va>): void {
    const first = pageOf(va(instruction.address));
    const last = pageOf(va(instruction.next - 1n));
    for (const address of first === last ? [first] : [first, last]) {
      const page = this.#page(address);
      if ('guestFault' in page) continue;
      frames.add(page.frame);
      pages.add(address);
    }
  }

  close(): void {
    for (const page of this.#pages.values()) if ('frame' in page) page.decoding?.decoder.free();
    this.#pages.clear();
  }

  #page(at: Va): Page | GuestFault {
    let page = this.#pages.get(at);
    if (page === undefined) {
      page = this.#open(at);
      this.#pages.set(at, page);
    }
    return page;
  }

  #open(at: Va): Page | GuestFault {
    const physical = attempt(() => this.#mmu.translate(at, 'execute'));
    if (typeof physical !== 'number') return physical;
    return { physical, frame: Math.floor(physical / PAGE_SIZE) };
  }

  #decoding(address: Va, physical: Pa): Decoding {
    const memory = this.#mmu.physical;
    const code = new Uint8Array(PAGE_SIZE + MAX_LENGTH - 1);
    code.set(memory.readBytes(physical, PAGE_SIZE));
    const next = vaAdd(pageOf(address), PAGE_SIZE);
    const following = attempt(() => this.#mmu.translate(next, 'execute'));
    const reachable = typeof following === 'number';
    if (reachable) code.set(memory.readBytes(following, MAX_LENGTH - 1), PAGE_SIZE);
    const visible = reachable ? code : code.subarray(0, PAGE_SIZE);
    return {
      decoder: new Decoder(64, visible, DecoderOptions.None),
      code: visible,
      beyond: reachable ? undefined : following,
    };
  }
}

function attempt<T>(action: () => T): T | GuestFault {
  try {
    return action();
  } catch (thrown) {
    if (isGuestFault(thrown)) return thrown;
    throw thrown;
  }
}
