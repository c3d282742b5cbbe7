/** What decides a run besides the driver's bytes, as plain data: with the image, this is the case. */
import type { DeviceModel } from '../devices/device.ts';
import type { Event } from '../events/event.ts';
import type { DriverFacts, RunResult } from '../events/run.ts';

export interface RegistryValue {
  /** Value name below the driver's parameters key, or a longer path with `\`. */
  readonly key: string;
  readonly value: string;
}

export interface IoctlRequest {
  readonly code: number;
  readonly input: Uint8Array;
  readonly outputLength: number;
  /** What the output buffer holds beforehand, as long as it is: drivers of METHOD_IN_DIRECT read it. */
  readonly output?: Uint8Array;
}

export interface RunOptions {
  readonly image: Uint8Array;
  /** Base name of the image, as stacks and reports show it. */
  readonly fileName: string;
  /** Absent: the one that the INF names, else the framework's usual one. Null: no hardware at all. */
  readonly device?: DeviceModel | null;
  /** The driver's INF: chooses the device where none is given, fills the registry, asks for messages. */
  readonly inf?: Uint8Array;
  readonly registry: readonly RegistryValue[];
  /** Services that the user answers at their own risk: name to returned value. */
  readonly stubs: ReadonlyMap<string, bigint>;
  readonly ioctls: readonly IoctlRequest[];
  readonly seed: number;
  readonly maxInstructions: number;
  onEvent(event: Event): void;
}

/** What the INF led to. */
export interface InstalledFacts {
  /** The id that the device answers to; nothing when the INF has none. */
  readonly hardwareId: string | null;
  readonly section: string | null;
  /** No device model is this hardware: a blank one ran in its place. */
  readonly isStandIn: boolean;
}

export interface DriverRun {
  /** What the image says of itself; path and hash are the caller's. */
  readonly driver: Omit<DriverFacts, 'path' | 'sha256'>;
  /** Name of the device that ran, as `iospace devices` lists it, or `none`. */
  readonly device: string;
  /** Nothing without an INF. */
  readonly installed?: InstalledFacts | null;
  readonly result: RunResult;
}

export type RunDriver = (options: RunOptions) => DriverRun;

/** Some minutes of a driver's work, so that one that never ends is told from one that is slow. */
export const DEFAULT_MAX_INSTRUCTIONS = 1_000_000_000;
