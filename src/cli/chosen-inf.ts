/** The INF that installs a driver: the one given, or one beside it that names it. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Inf, parseInf } from '../image/inf/inf.ts';
import { badArgument, HostError } from '../units/errors.ts';
import { readInput } from './files.ts';

export interface ChosenInf {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** INFs beside a driver that are looked into, and how large one may be for it. */
const MAX_LOOKED_INTO = 64;
const MAX_BYTES = 1 << 20;

export function chosenInf(given: string | undefined, driver: string): ChosenInf | undefined {
  const path = given ?? besides(driver);
  if (path === undefined) return undefined;
  const bytes = readInput(path);
  parsed(path, bytes, given === undefined ? '; --no-inf leaves it out' : '');
  return { path, bytes };
}

function parsed(path: string, bytes: Uint8Array, advice: string): Inf {
  try {
    return parseInf(bytes);
  } catch (cause) {
    if (!(cause instanceof HostError)) throw cause;
    throw badArgument(`${path}: ${cause.message}${advice}`);
  }
}

const withoutEnding = (name: string): string => name.replace(/\.[^.]*$/, '').toLowerCase();

/** One whose service runs the image, else one of the same name; those of the same name first. */
function besides(driver: string): string | undefined {
  const image = basename(driver);
  const isNamesake = (name: string): boolean => withoutEnding(name) === withoutEnding(image);
  const infs = infsIn(dirname(driver));
  const namesakes = infs.filter(isNamesake);
  const others = infs.filter((name) => !isNamesake(name)).slice(0, MAX_LOOKED_INTO);
  const paths = [...namesakes, ...others].map((name) => join(dirname(driver), name));
  const [namesake] = namesakes;
  return (
    paths.find((path) => runs(path, image)) ??
    (namesake === undefined ? undefined : join(dirname(driver), namesake))
  );
}

function infsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.inf$/i.test(name))
      .sort();
  } catch {
    return [];
  }
}

/** False for an INF that cannot be read: it may belong to anything. */
function runs(path: string, image: string): boolean {
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) return false;
    const inf = parseInf(readInput(path));
    return inf.models.some(({ installSection }) => {
      const binary = inf.serviceOf(installSection)?.binary;
      return binary?.toLowerCase() === image.toLowerCase();
    });
  } catch (cause) {
    if (cause instanceof HostError || (cause instanceof Error && 'code' in cause)) return false;
    throw cause;
  }
}
