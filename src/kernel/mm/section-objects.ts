/** Section objects: physical memory itself, and memory that views share. */
import { PAGE_SIZE, type Pa } from '../../units/address.ts';
import { type Kernel, part } from '../kernel.ts';
import { type HandleObject, handles } from '../ob/handles.ts';
import { PAGE } from './cache-type.ts';
import { lockedFrames } from './locked-frames.ts';
import { MAX_PHYSICAL } from './physical-limit.ts';

export interface Section {
  readonly name: string | null;
  /** Pages behind the section; null for physical memory, which has all addresses. */
  readonly frames: readonly Pa[] | null;
  readonly bytes: number;
  readonly protect: number;
  /** Handles and views; at zero the pages go. */
  references: number;
}

/** A handle to a section; views made through it know how it was opened. */
export interface SectionHandle extends HandleObject {
  readonly type: 'section';
  readonly section: Section;
  readonly isKernelHandle: boolean;
}

export const isSectionHandle = (object: HandleObject): object is SectionHandle =>
  object.type === 'section';

const PHYSICAL_MEMORY = '\\Device\\PhysicalMemory';

class Sections {
  readonly #kernel: Kernel;
  readonly #named = new Map<string, Section>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#named.set(PHYSICAL_MEMORY.toLowerCase(), {
      name: PHYSICAL_MEMORY,
      frames: null,
      bytes: MAX_PHYSICAL,
      protect: PAGE.EXECUTE_READWRITE,
      references: 1,
    });
  }

  /** Names are found without regard to case. */
  named(name: string): Section | undefined {
    return this.#named.get(name.toLowerCase());
  }

  /** A section of zeroed pages; nothing when RAM does not hold it. */
  create(name: string | null, bytes: number, protect: number): Section | undefined {
    const pages = Math.ceil(bytes / PAGE_SIZE);
    if (pages > this.#kernel.frames.freePages) return undefined;
    const frames: Pa[] = [];
    for (let i = 0; i < pages; i++) {
      const frame = this.#kernel.frames.allocate();
      if (frame !== undefined) frames.push(frame);
    }
    const section = { name, frames, bytes: pages * PAGE_SIZE, protect, references: 0 };
    if (name !== null) this.#named.set(name.toLowerCase(), section);
    return section;
  }

  /** A new handle, which holds the section until it is closed. */
  open(section: Section, isKernelHandle: boolean): bigint {
    section.references++;
    const object: SectionHandle = {
      type: 'section',
      section,
      isKernelHandle,
      onClose: () => this.letGo(section),
    };
    return handles(this.#kernel).open(object);
  }

  letGo(section: Section): void {
    section.references--;
    if (section.references > 0) return;
    if (section.name !== null) this.#named.delete(section.name.toLowerCase());
    for (const frame of section.frames ?? []) lockedFrames(this.#kernel).free(frame);
  }
}

export const sections = part((kernel) => new Sections(kernel));
