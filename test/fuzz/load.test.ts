/** Damaged images are refused by name or load; nothing else ever happens. */
import { expect, test } from 'vitest';
import { imageFunctions } from '../../src/image/function-table.ts';
import { loadImage } from '../../src/image/load.ts';
import { parsePe } from '../../src/image/pe.ts';
import { imageSymbols } from '../../src/image/symbols.ts';
import { findMapSites } from '../../src/scenario/map-sites.ts';
import { rva, va } from '../../src/units/address.ts';
import { HostError } from '../../src/units/errors.ts';
import { SPECIMENS } from './images.suite.ts';
import { damagedImage } from './mutate.suite.ts';

const IMAGES = 20_000;
const BASE = va(0xffff_f800_6000_1000n);
/** Above this an image is all zeros that take time to make. */
const LARGEST_LOADED = 0x100_0000;

function load(bytes: Uint8Array): 'loaded' | 'refused' {
  try {
    const image = parsePe(bytes);
    findMapSites(image);
    imageSymbols(image).nearest(rva(image.entryPoint));
    const functions = imageFunctions(image);
    functions.lookup(rva(image.entryPoint));
    if (image.sizeOfImage <= LARGEST_LOADED) {
      loadImage(image, { base: BASE, seed: 1n, resolveImport: () => 0n });
    }
    return 'loaded';
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== 'bad-image') throw error;
    expect(error.message).not.toMatch(/\p{Cc}|undefined|NaN|\[object/u);
    return 'refused';
  }
}

test(`${IMAGES} damaged images are loaded or refused`, () => {
  const seen = { loaded: 0, refused: 0 };
  for (let seed = 0; seed < IMAGES; seed++) {
    const of = SPECIMENS[seed % SPECIMENS.length];
    if (of === undefined) throw new TypeError('there are no sample drivers');
    try {
      seen[load(damagedImage(of, seed))]++;
    } catch (cause) {
      throw new Error(`${of.name} damaged with seed ${seed}`, { cause });
    }
  }
  expect(seen.refused).toBeGreaterThan(IMAGES / 10);
  expect(seen.loaded).toBeGreaterThan(IMAGES / 10);
});
