/** A driver's image in the machine: parsed, its imports bound to thunks, laid out and protected. */
import { unwindModule } from '../image/function-table.ts';
import { type LoadedImage, loadImage, placeImage } from '../image/load.ts';
import { type PeImage, parsePe } from '../image/pe.ts';
import { imageSymbols } from '../image/symbols.ts';
import { loadedImages } from '../kernel/exports.ts';
import { type Module, modules } from '../kernel/ke/modules.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { Arena, DRIVER_IMAGES } from '../memory/address-map.ts';
import { hex, PAGE_SIZE, type Va, vaAdd } from '../units/address.ts';
import { badImage } from '../units/errors.ts';
import type { Machine } from './machine.ts';
import { placeInMemory } from './place-image.ts';

export interface ImportFacts {
  readonly dll: string;
  readonly name: string;
  readonly modelled: boolean;
}

export interface DriverImage {
  readonly image: PeImage;
  readonly module: Module;
  readonly entryPoint: Va;
  readonly imports: readonly ImportFacts[];
  /** Takes the image out of memory, as unloading does; later execution there is named. */
  unload(): void;
}

/** Pages of RAM that an image leaves to the kernel and to itself. */
const KEPT_PAGES = 2048;

/** System modules whose exports exist here; any other must be loaded by somebody. */
const KERNEL_MODULES = ['ntoskrnl.exe', 'hal.dll'];

export function loadDriverImage(
  machine: Machine,
  bytes: Uint8Array,
  fileName: string,
  seed: number,
): DriverImage {
  const image = parsePe(bytes);
  const wanted = image.imports.map(({ dll, name, ordinal }) => ({
    dll: dll.toLowerCase(),
    name: name ?? `#${ordinal}`,
  }));
  loadSystemImages(machine, wanted);
  const loaded = loadImage(image, {
    base: placeFor(machine.kernel, image, fileName),
    seed: BigInt(seed),
    resolveImport: (dll, nameOrOrdinal) => {
      const name = typeof nameOrOrdinal === 'number' ? `#${nameOrOrdinal}` : nameOrOrdinal;
      return machine.systemImages.address(dll.toLowerCase(), name) ?? 0n;
    },
  });
  const module = register(machine, loaded, fileName);
  const { services } = machine;
  return {
    image,
    module,
    entryPoint: module.entryPoint,
    imports: wanted.map(({ dll, name }) => ({
      dll,
      name,
      modelled: services.variables.has(name) || services.find(dll, name).kind === 'service',
    })),
    unload: () => unload(machine, module, loaded),
  };
}

/** Where the image goes; one that is none or finds no room is refused. */
function placeFor(kernel: Kernel, image: PeImage, fileName: string): Va {
  const pages = Math.ceil(image.sizeOfImage / PAGE_SIZE);
  const base =
    pages + KEPT_PAGES > kernel.physical.ramBytes / PAGE_SIZE ? undefined : freeBase(kernel, pages);
  if (base === undefined) {
    throw badImage(
      `SizeOfImage ${hex(image.sizeOfImage)} is more than the machine's RAM has room for`,
    );
  }
  if (image.entryPoint === 0) throw badImage(`${fileName} has no entry point`);
  return base;
}

/** Copies the image into memory, where stacks, coverage and `ZwQuerySystemInformation` find it. */
function register(machine: Machine, loaded: LoadedImage, fileName: string): Module {
  const { kernel } = machine;
  const { image, base } = loaded;
  placeImage(loaded, placeInMemory(kernel));
  const module: Module = {
    ...unwindModule(loaded),
    name: fileName,
    image,
    symbols: imageSymbols(image),
    entryPoint: vaAdd(base, image.entryPoint),
  };
  modules(kernel).add(module);
  machine.watchFunctions(module);
  loadedImages(kernel).push({
    name: fileName,
    path: `\\SystemRoot\\system32\\drivers\\${fileName}`,
    base,
    bytes: loaded.bytes.length,
  });
  return module;
}

function unload({ kernel, cpu }: Machine, module: Module, { base, pages }: LoadedImage): void {
  const { tables } = kernel.mmu;
  modules(kernel).remove(module);
  for (let i = 0; i < pages.length; i++) {
    const page = vaAdd(base, i * PAGE_SIZE);
    const found = tables.lookup(page);
    tables.unmap(page);
    kernel.mmu.flushPage(page);
    cpu.invalidate(page);
    if (found !== undefined) kernel.frames.free(found.physical);
  }
}

/** The lowest room that no image in memory takes, unmapped pages around it: an image loaded again finds its old place. */
function freeBase(kernel: Kernel, pages: number): Va | undefined {
  const arena = new Arena(DRIVER_IMAGES);
  const taken = modules(kernel)
    .loaded.map(({ base, end }) => ({ first: arena.pageIndex(base), pages: pagesOf(end - base) }))
    .filter(({ first }) => first >= 0)
    .sort((a, b) => a.first - b.first);
  let first = 1;
  for (const image of taken) {
    if (first + pages < image.first) break;
    first = image.first + image.pages + 1;
  }
  const fits = first + pages < DRIVER_IMAGES.pages;
  return fits ? vaAdd(DRIVER_IMAGES.base, first * PAGE_SIZE) : undefined;
}

const pagesOf = (bytes: bigint): number => Math.ceil(Number(bytes) / PAGE_SIZE);

/** ntoskrnl.exe and hal.dll always; names that only this driver imports bind too, and end the run when called. */
function loadSystemImages(
  machine: Machine,
  wanted: readonly { readonly dll: string; readonly name: string }[],
): void {
  const { services, systemImages } = machine;
  const others = wanted.map(({ dll }) => dll).filter((dll) => !KERNEL_MODULES.includes(dll));
  for (const dll of new Set([...KERNEL_MODULES, ...others])) {
    const extra = wanted
      .filter((entry) => entry.dll === dll && systemImages.address(dll, entry.name) === undefined)
      .filter(({ name }) => !isExportedElsewhere(services.find('ntoskrnl.exe', name).kind, dll))
      .map(({ name }) => name);
    systemImages.load(dll, extra);
  }
  systemImages.initialiseVariables();
}

const isExportedElsewhere = (kind: string, dll: string): boolean =>
  kind === 'service' && KERNEL_MODULES.includes(dll);
