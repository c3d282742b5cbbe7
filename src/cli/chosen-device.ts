/** The virtual hardware that `--device` names: one of ours, or a file of the user's. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DeviceModel } from '../devices/device.ts';
import { NO_HARDWARE } from '../scenario/plugged.ts';
import { badArgument, HostError } from '../units/errors.ts';
import { readInput } from './files.ts';
import { suggestion } from './suggest.ts';

/** Null for a driver that is to have no hardware. */
export async function chosenDevice(
  given: string | undefined,
): Promise<DeviceModel | null | undefined> {
  if (given === undefined) return undefined;
  if (given === NO_HARDWARE) return null;
  if (/\.json$/i.test(given)) return fromJson(given);
  if (/\.[cm]?[jt]s$/i.test(given)) return fromModule(given);
  return namedDevice(given);
}

export async function namedDevice(name: string): Promise<DeviceModel> {
  const { DEVICES } = await import('../devices/registry.ts');
  const found = DEVICES.find((model) => model.name === name);
  if (found !== undefined) return found;
  const names = DEVICES.map((model) => model.name);
  throw badArgument(
    `unknown device ${name}${suggestion(name, names) || `; there are ${names.join(', ')}`}`,
  );
}

async function fromJson(path: string): Promise<DeviceModel> {
  const text = new TextDecoder().decode(readInput(path));
  const { deviceFromJson } = await import('../devices/device-file.ts');
  return deviceFromJson(text, path);
}

async function fromModule(path: string): Promise<DeviceModel> {
  readInput(path);
  const { deviceFromModule } = await import('../devices/device-file.ts');
  return deviceFromModule(await loaded(path), path);
}

/** Runs the user's module; TypeScript only where Node itself can load it. */
async function loaded(path: string): Promise<unknown> {
  try {
    return await import(/* @vite-ignore */ pathToFileURL(resolve(path)).href);
  } catch (cause) {
    throw new HostError('bad-argument', `${path} cannot be loaded: ${reason(cause)}`, { cause });
  }
}

/** What Node says, and what can be done about it. */
function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = 'code' in cause ? cause.code : undefined;
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    return `Node ${process.version} does not load TypeScript; Node 22.18 and later do, or compile it to .mjs`;
  }
  if (code === 'ERR_MODULE_NOT_FOUND' && /'iospace'/.test(cause.message)) {
    return "iospace is not installed where the file lies: npm install iospace there, or import nothing and write 'export default ({ device }) => device({...})'";
  }
  if (!(cause instanceof SyntaxError)) return cause.message;
  const [place = ''] = cause.stack?.split('\n') ?? [];
  return `${cause.message}${place.startsWith('file:') ? ` at ${place}` : ''}`;
}
