/** Every device model there is, sorted by name. */
import { badArgument } from '../units/errors.ts';
import type { DeviceModel } from './device.ts';
import { edu } from './edu.ts';

export const DEVICES: readonly DeviceModel[] = [edu];

export function deviceNamed(name: string): DeviceModel {
  const found = DEVICES.find((model) => model.name === name);
  if (found !== undefined) return found;
  const known = DEVICES.map((model) => model.name).join(', ');
  throw badArgument(`there is no device ${name}; known are ${known}`);
}
