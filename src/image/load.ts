/** Lays an image out at its address as the kernel loader does: relocated, bound, cookie set. */
import { hex, hexVa, PAGE_SIZE, type Rva, rva, type Va, va, vaAdd } from '../units/address.ts';
import { badArgument, badImage } from '../units/errors.ts';
import type { PeImage } from './pe.ts';
import type { PeImport } from './pe-imports.ts';
import type { PeLoadConfig } from './pe-load-config.ts';
import { type Protection, roundUp } from './pe-sections.ts';
import { IMAGE_FILE_RELOCS_STRIPPED, OPTIONAL_IMAGE_BASE } from './pe-spec.ts';
import { putU32, putU64, u32At, u64At } from './reader.ts';
import { DEFAULT_SECURITY_COOKIE, securityCookie } from './security-cookie.ts';

/** Answers an import with the address its slot shall hold. */
export type ImportResolver = (dll: string, nameOrOrdinal: string | number) => bigint;

type GuardName = Extract<keyof PeLoadConfig, `guard${string}FunctionPointer`>;
/** What to put in guard pointers; those left out keep the driver's own defaults, as with CFG off. */
export type GuardPointers = { readonly [Name in GuardName]?: bigint };

export interface LoadOptions {
  /** Page aligned. */
  readonly base: Va;
  readonly resolveImport: ImportResolver;
  /** Decides the security cookie. */
  readonly seed: bigint;
  readonly guard?: GuardPointers;
}

export interface LoadedImage {
  readonly image: PeImage;
  readonly base: Va;
  /** The whole image as memory holds it, a whole number of pages. */
  readonly bytes: Uint8Array;
  /** By page; a page that belongs to no section is absent. */
  readonly pages: readonly (Protection | undefined)[];
  /** Absent in a DLL that has none. */
  readonly entryPoint: Va | undefined;
  /** Present when the loader set it. */
  readonly securityCookie: bigint | undefined;
}

/** Where a loaded image goes. */
export interface ImageMemory {
  write(at: Va, bytes: Uint8Array): void;
  protect(at: Va, length: number, protection: Protection | undefined): void;
}

const HEADER_PROTECTION: Protection = {
  read: true,
  write: false,
  execute: false,
  discardable: false,
  pageable: false,
};

function copyImage({ file, sizeOfImage, sizeOfHeaders, sections }: PeImage): Uint8Array {
  const bytes = new Uint8Array(roundUp(sizeOfImage, PAGE_SIZE));
  bytes.set(file.subarray(0, sizeOfHeaders));
  for (const { rva: at, rawOffset, rawSize } of sections) {
    bytes.set(file.subarray(rawOffset, rawOffset + rawSize).subarray(0, bytes.length - at), at);
  }
  return bytes;
}

function relocate(image: PeImage, bytes: Uint8Array, base: Va): void {
  const delta = va(base - image.imageBase);
  if (delta === 0n) return;
  if ((image.characteristics & IMAGE_FILE_RELOCS_STRIPPED) !== 0) {
    throw badImage(
      `the image has no relocations (IMAGE_FILE_RELOCS_STRIPPED) and loads at ${hex(image.imageBase)} only`,
    );
  }
  const low = Number(BigInt.asUintN(32, delta));
  for (const { rva: at, type } of image.relocations) {
    if (type === 'DIR64') putU64(bytes, at, u64At(bytes, at) + delta);
    else putU32(bytes, at, u32At(bytes, at) + low);
  }
  putU64(bytes, image.optionalHeaderOffset + OPTIONAL_IMAGE_BASE, base);
}

/** As LdrInitSecurityCookie: only a cookie that still has its default is replaced. */
function initialiseCookie(image: PeImage, bytes: Uint8Array, seed: bigint): bigint | undefined {
  const at = image.loadConfig?.securityCookie;
  if (at === undefined || u64At(bytes, at) !== DEFAULT_SECURITY_COOKIE) return undefined;
  const cookie = securityCookie(seed);
  putU64(bytes, at, cookie);
  return cookie;
}

/** The guard pointer slots an image has, by their name in the load configuration. */
export function guardPointerSlots({ loadConfig }: PeImage): ReadonlyMap<GuardName, Rva> {
  const names: readonly GuardName[] = [
    'guardCFCheckFunctionPointer',
    'guardCFDispatchFunctionPointer',
    'guardXFGCheckFunctionPointer',
    'guardXFGDispatchFunctionPointer',
    'guardXFGTableDispatchFunctionPointer',
  ];
  const slots = new Map<GuardName, Rva>();
  for (const name of names) {
    const at = loadConfig?.[name];
    if (at !== undefined) slots.set(name, at);
  }
  return slots;
}

function bindImports(
  imports: readonly PeImport[],
  bytes: Uint8Array,
  resolve: ImportResolver,
): void {
  for (const { dll, name, ordinal, iatRva } of imports) {
    putU64(bytes, iatRva, resolve(dll, name ?? ordinal ?? 0));
  }
}

const union = (a: Protection, b: Protection): Protection => ({
  read: a.read || b.read,
  write: a.write || b.write,
  execute: a.execute || b.execute,
  discardable: a.discardable && b.discardable,
  pageable: a.pageable && b.pageable,
});

/** What each page allows; a page that several sections share (SectionAlignment below a page) all of it. */
function pageProtections({
  sizeOfImage,
  sizeOfHeaders,
  sections,
}: PeImage): readonly (Protection | undefined)[] {
  const pages = new Array<Protection | undefined>(Math.ceil(sizeOfImage / PAGE_SIZE)).fill(
    undefined,
  );
  const cover = (start: number, length: number, protection: Protection): void => {
    const end = Math.min(Math.ceil((start + length) / PAGE_SIZE), pages.length);
    for (let page = Math.floor(start / PAGE_SIZE); page < end; page += 1) {
      const known = pages[page];
      pages[page] = known ? union(known, protection) : protection;
    }
  };
  cover(0, sizeOfHeaders, HEADER_PROTECTION);
  for (const section of sections) cover(section.rva, section.virtualSize, section.protection);
  return pages;
}

export function loadImage(image: PeImage, options: LoadOptions): LoadedImage {
  const { base, seed, resolveImport, guard = {} } = options;
  if (base % BigInt(PAGE_SIZE) !== 0n) {
    throw badArgument(`an image cannot be loaded at ${hexVa(base)}, which is not page aligned`);
  }
  const bytes = copyImage(image);
  relocate(image, bytes, base);
  const cookie = initialiseCookie(image, bytes, seed);
  for (const [name, at] of guardPointerSlots(image)) {
    const value = guard[name];
    if (value !== undefined) putU64(bytes, at, value);
  }
  bindImports(image.imports, bytes, resolveImport);
  return {
    image,
    base,
    bytes,
    pages: pageProtections(image),
    entryPoint: image.entryPoint === 0 ? undefined : vaAdd(base, image.entryPoint),
    securityCookie: cookie,
  };
}

/** Writes a loaded image to memory and protects its pages, neighbours alike in one call. */
export function placeImage({ base, bytes, pages }: LoadedImage, memory: ImageMemory): void {
  memory.write(base, bytes);
  for (let first = 0; first < pages.length; ) {
    let end = first + 1;
    while (end < pages.length && pages[end] === pages[first]) end += 1;
    memory.protect(vaAdd(base, first * PAGE_SIZE), (end - first) * PAGE_SIZE, pages[first]);
    first = end;
  }
}

/** The RVA of an address inside a loaded image. */
export function rvaIn({ base, bytes }: LoadedImage, at: Va): Rva | undefined {
  const offset = at - base;
  return offset >= 0n && offset < BigInt(bytes.length) ? rva(Number(offset)) : undefined;
}
