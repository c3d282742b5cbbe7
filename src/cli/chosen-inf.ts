/** The INF that installs a driver: the one given, or the one of the driver's name beside it. */
import { existsSync } from 'node:fs';
import { readInput } from './files.ts';

export function chosenInf(given: string | undefined, driver: string): Uint8Array | undefined {
  if (given !== undefined) return readInput(given);
  const beside = driver.replace(/\.[^.\\/]*$/, '.inf');
  return beside !== driver && existsSync(beside) ? readInput(beside) : undefined;
}
