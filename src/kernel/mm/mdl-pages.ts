/** MmAllocatePagesForMdl and MmFreePagesFromMdl: pages of RAM with no address, held by their MDL. */
import { memoryCachingType } from '../../layout/named.ts';
import { i64, ptr, sizeT, u32 } from '../../layout/struct.ts';
import { NULL, PAGE_SIZE, type Pa, paAdd, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { bugCheck } from '../end.ts';
import { pool } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';
import { service } from '../service.ts';
import { cacheTypeOf } from './cache-type.ts';
import { frameCaching, lockedFrames } from './locked-frames.ts';
import { endSystemMapping } from './map-mdl.ts';
import { initializeMdl, MDL_FLAG, mdlAt, mdlBytes, writeFrames } from './mdl.ts';
import { mdls, tellOfMdl } from './mdls.ts';
import { toPhysical } from './physical-limit.ts';
import { fillFrame } from './uninitialized.ts';

const PFN_LIST_CORRUPT = 0x4e;
const MAX_BYTES = 0xffff_f000n;
const FLAG = {
  DONT_ZERO: 0x1,
  FULLY_REQUIRED: 0x4,
  CONTIGUOUS_CHUNKS: 0x20,
} as const;

interface PagesRequest {
  readonly lowest: number;
  readonly highest: number;
  readonly skip: number;
  readonly pages: number;
  readonly flags: number;
}

/** Start of each range that pages may come from: the next one SkipBytes further on, as long as there is RAM. */
function* ranges(kernel: Kernel, { lowest, highest, skip }: PagesRequest) {
  const { ramBytes } = kernel.physical;
  yield { lowest, highest };
  if (skip === 0) return;
  for (let by = skip; lowest + by < ramBytes; by += skip) {
    yield { lowest: lowest + by, highest: highest + by };
  }
}

/** Takes single pages upwards, so that a request costs one walk over RAM. */
function takeSingles(kernel: Kernel, request: PagesRequest): Pa[] {
  const taken: Pa[] = [];
  for (const { lowest, highest } of ranges(kernel, request)) {
    for (let from = lowest; taken.length < request.pages; ) {
      const frame = kernel.frames.allocateContiguous({ pages: 1, lowest: from, highest });
      if (frame === undefined) break;
      taken.push(frame);
      from = paAdd(frame, PAGE_SIZE);
    }
  }
  return taken;
}

/** Blocks of SkipBytes, or one block of everything. */
function takeChunks(kernel: Kernel, { lowest, highest, skip, pages }: PagesRequest): Pa[] {
  const chunk = skip === 0 ? pages : skip / PAGE_SIZE;
  const alignment = skip === 0 ? PAGE_SIZE : skip;
  const taken: Pa[] = [];
  while (taken.length + chunk <= pages) {
    const request = { pages: chunk, lowest, highest, alignment };
    const first = kernel.frames.allocateContiguous(request);
    if (first === undefined) break;
    for (let i = 0; i < chunk; i++) taken.push(paAdd(first, i * PAGE_SIZE));
  }
  return taken;
}

const isPowerOfTwo = (value: number): boolean =>
  value >= PAGE_SIZE && Number.isInteger(Math.log2(value));

/** Highest page first where no run was asked for: the pages promise no order. */
function takeFrames(kernel: Kernel, request: PagesRequest): Pa[] {
  const { skip, pages, flags } = request;
  const chunks = (flags & FLAG.CONTIGUOUS_CHUNKS) !== 0;
  if (skip % PAGE_SIZE !== 0) return [];
  if (chunks && skip !== 0 && (!isPowerOfTwo(skip) || (pages * PAGE_SIZE) % skip !== 0)) return [];
  const frames = chunks ? takeChunks(kernel, request) : takeSingles(kernel, request).reverse();
  if (frames.length === pages || (flags & FLAG.FULLY_REQUIRED) === 0) return frames;
  for (const frame of frames) kernel.frames.free(frame);
  return [];
}

interface PagesArgs {
  readonly LowAddress: bigint;
  readonly HighAddress: bigint;
  readonly SkipBytes: bigint;
  readonly TotalBytes: bigint;
}

function allocatePages(
  kernel: Kernel,
  args: PagesArgs,
  cacheType: number | 'any',
  flags: number,
): Va {
  if (args.TotalBytes === 0n || args.TotalBytes > MAX_BYTES) return NULL;
  const frames = takeFrames(kernel, {
    lowest: toPhysical(args.LowAddress),
    highest: toPhysical(args.HighAddress),
    skip: toPhysical(args.SkipBytes),
    pages: Math.ceil(Number(args.TotalBytes) / PAGE_SIZE),
    flags,
  });
  const at =
    frames.length === 0
      ? undefined
      : pool(kernel).allocate(mdlBytes(NULL, frames.length * PAGE_SIZE), 'Mdl ', 'nonpaged', true);
  if (at === undefined) {
    for (const frame of frames) kernel.frames.free(frame);
    return NULL;
  }
  const bytes = Math.min(Number(args.TotalBytes), frames.length * PAGE_SIZE);
  const mdl = initializeMdl(kernel, at, NULL, bytes);
  mdl.MdlFlags = MDL_FLAG.PAGES_LOCKED;
  writeFrames(kernel, at, frames);
  for (const frame of frames) {
    lockedFrames(kernel).lock(frame);
    frameCaching(kernel).set(frame, cacheType === 'any' ? 'any' : cacheTypeOf(cacheType));
    if ((flags & FLAG.DONT_ZERO) !== 0) fillFrame(kernel, frame);
  }
  mdls(kernel).made(at, 'pages');
  mdls(kernel).hold(at, frames);
  return at;
}

const ranged = {
  LowAddress: i64,
  HighAddress: i64,
  SkipBytes: i64,
  TotalBytes: sizeT,
};

/** The page says APC_LEVEL, and DISPATCH_LEVEL since Windows Server 2008. */
const MmAllocatePagesForMdl = service({
  name: 'MmAllocatePagesForMdl',
  doc: 'wdm/nf-wdm-mmallocatepagesformdl',
  params: ranged,
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run: (kernel, args) => allocatePages(kernel, args, 'any', 0),
});

const MmAllocatePagesForMdlEx = service({
  name: 'MmAllocatePagesForMdlEx',
  doc: 'wdm/nf-wdm-mmallocatepagesformdlex',
  params: { ...ranged, CacheType: memoryCachingType, Flags: u32 },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run: (kernel, args) => allocatePages(kernel, args, args.CacheType, args.Flags),
});

/** The MDL itself stays: ExFreePool is for the caller. */
function freePages(kernel: Kernel, at: Va): void {
  const held = mdls(kernel).makerOf(at) === 'pages' ? mdls(kernel).held(at) : undefined;
  if (held === undefined) {
    bugCheck(PFN_LIST_CORRUPT, [0n, at], 'MmFreePagesFromMdl of an MDL that holds no pages');
  }
  endSystemMapping(kernel, at, 'MmFreePagesFromMdl');
  mdls(kernel).letGo(at);
  for (const frame of held) {
    lockedFrames(kernel).unlock(frame);
    frameCaching(kernel).clear(frame);
    lockedFrames(kernel).free(frame);
  }
  mdlAt(kernel, at).MdlFlags &= ~MDL_FLAG.PAGES_LOCKED;
}

const MmFreePagesFromMdl = service({
  name: 'MmFreePagesFromMdl',
  doc: 'wdm/nf-wdm-mmfreepagesfrommdl',
  params: { MemoryDescriptorList: ptr('MDL') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { MemoryDescriptorList: at }) {
    freePages(kernel, at);
    tellOfMdl(kernel, 'free', at, [], 'MmFreePagesFromMdl');
  },
});

export const mdlPagesServices = [
  MmAllocatePagesForMdl,
  MmAllocatePagesForMdlEx,
  MmFreePagesFromMdl,
];
