/** The virtual hardware that `--device` names: one of ours, or a file of the user's. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DeviceDeclaration } from '../devices/declaration.ts';
import type { DeviceModel } from '../devices/device.ts';
import { badArgument, HostError } from '../units/errors.ts';
import { declarationFromJson } from './device-json.ts';
import { readInput } from './files.ts';
import { suggestion } from './suggest.ts';

export async function chosenDevice(given: string | undefined): Promise<DeviceModel | undefined> {
  if (given === undefined) return undefined;
  if (/\.json$/i.test(given)) return fromJson(given);
  if (/\.([cm]?js|[cm]?ts)$/i.test(given)) return fromModule(given);
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
  const { device } = await import('../devices/device.ts');
  return explained(path, () => device(declarationFromJson(JSON.parse(text))));
}

async function fromModule(path: string): Promise<DeviceModel> {
  readInput(path);
  const { device, isDeviceModel } = await import('../devices/device.ts');
  const exported = await imported(path);
  const value = exported.default ?? exported.device;
  if (isDeviceModel(value)) return value;
  if (typeof value !== 'object' || value === null) {
    throw badArgument(`${path} has no device as its default export or export named device`);
  }
  return explained(path, () => device(value as DeviceDeclaration<object>));
}

/** Whatever a user's own declaration trips over is the user's to mend. */
function explained(path: string, build: () => DeviceModel): DeviceModel {
  try {
    return build();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HostError('bad-argument', `${path} is not a device: ${why}`, { cause });
  }
}

async function imported(path: string): Promise<Record<string, unknown>> {
  try {
    return await import(/* @vite-ignore */ pathToFileURL(resolve(path)).href);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HostError('bad-argument', `${path} cannot be loaded: ${why}`, { cause });
  }
}
