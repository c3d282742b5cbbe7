/** Fetches guest code: pages with execute permission, decoded at any address. */
import { Decoder, DecoderError, DecoderOptions } from 'iced-x86';
import { type GuestFault, isGuestFault } from '../memory/fault.ts';
import type { Mmu } from '../memory/mmu.ts';
import { byteOffset, PAGE_SIZE, pageOf, type Va, va, vaAdd } from '../units/address.ts';
import { decodeNext, type GuestInstruction } from './decode.ts';

/** The longest x86 instruction. */
const MAX_LENGTH = 15;

interface Page {
  readonly decoder: Decoder;
  readonly code: Uint8Array;
  readonly frame: number;
  /** Where fetching goes wrong when an instruction runs off the page. */
  readonly beyond: GuestFault | undefined;
}

export type Fetched =
  | { readonly kind: 'instruction'; readonly instruction: GuestInstruction }
  | { readonly kind: 'fault'; readonly fault: GuestFault };

/** Reads code for one translation; `close` gives the decoders back. */
export class CodeReader {
  readonly #mmu: Mmu;
  readonly #pages = new Map<Va, Page | GuestFault>();

  constructor(mmu: Mmu) {
    this.#mmu = mmu;
  }

  at(address: Va): Fetched {
    const page = this.#page(pageOf(address));
    if ('guestFault' in page) return { kind: 'fault', fault: { ...page, address } };
    const { decoder, code } = page;
    decoder.position = byteOffset(address);
    decoder.ip = address;
    const instruction = decodeNext(decoder, code);
    const cut = decoder.lastError === DecoderError.NoMoreBytes;
    if (cut && page.beyond !== undefined) return { kind: 'fault', fault: page.beyond };
    return { kind: 'instruction', instruction };
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
    for (const page of this.#pages.values()) if ('decoder' in page) page.decoder.free();
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
    const memory = this.#mmu.physical;
    const code = new Uint8Array(PAGE_SIZE + MAX_LENGTH - 1);
    code.set(memory.readBytes(physical, PAGE_SIZE));
    const next = vaAdd(at, PAGE_SIZE);
    const following = attempt(() => this.#mmu.translate(next, 'execute'));
    const reachable = typeof following === 'number';
    if (reachable) code.set(memory.readBytes(following, MAX_LENGTH - 1), PAGE_SIZE);
    const visible = reachable ? code : code.subarray(0, PAGE_SIZE);
    return {
      decoder: new Decoder(64, visible, DecoderOptions.None),
      code: visible,
      frame: Math.floor(physical / PAGE_SIZE),
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
