/** Which framework a driver belongs to, as its imports say. */
import type { PeImport } from '../image/pe-imports.ts';

export type DriverFramework = 'wdm' | 'ndis';

/** What only a miniport imports from ndis.sys; protocols and filters register otherwise. */
const MINIPORT = new Set(['NdisMRegisterMiniportDriver', 'NdisMRegisterMiniport']);

/** Miniports, protocols, filters, and whoever calls NDIS besides. */
export const usesNdis = (imports: readonly PeImport[]): boolean =>
  imports.some(({ dll }) => dll.toLowerCase() === 'ndis.sys');

export function frameworkOf(imports: readonly PeImport[]): DriverFramework {
  const isMiniport = imports.some(
    ({ dll, name }) => dll.toLowerCase() === 'ndis.sys' && name !== undefined && MINIPORT.has(name),
  );
  return isMiniport ? 'ndis' : 'wdm';
}

/** A framework whose drivers are recognised but not run. */
export interface UnmodelledFramework {
  readonly framework: string;
  readonly title: string;
}

/** By the module that their drivers alone import. */
const UNMODELLED: ReadonlyMap<string, UnmodelledFramework> = new Map([
  ['ks.sys', { framework: 'ks', title: 'Kernel Streaming' }],
  ['portcls.sys', { framework: 'portcls', title: 'PortCls' }],
  ['scsiport.sys', { framework: 'scsiport', title: 'SCSI port' }],
  ['storport.sys', { framework: 'storport', title: 'StorPort' }],
  ['videoprt.sys', { framework: 'videoport', title: 'VideoPort' }],
  ['wdfldr.sys', { framework: 'kmdf', title: 'KMDF' }],
]);

/** What the driver is built on where that is not modelled, its title naming the module. */
export function unmodelledFramework(imports: readonly PeImport[]): UnmodelledFramework | undefined {
  const dlls = imports.map(({ dll }) => dll.toLowerCase());
  const dll = dlls.find((name) => UNMODELLED.has(name)) ?? '';
  const found = UNMODELLED.get(dll);
  return found && { ...found, title: `the ${found.title} framework (${dll})` };
}

/** A miniport of NDIS 5: one that imports the registration of NDIS 6 as well prefers that. */
export const isNdis5 = (imports: readonly { readonly name?: string | undefined }[]): boolean =>
  imports.some(({ name }) => name === 'NdisMRegisterMiniport') &&
  !imports.some(({ name }) => name === 'NdisMRegisterMiniportDriver');

/** Hardware that a driver of the framework runs on unless said otherwise. */
export const USUAL_DEVICE: Readonly<Record<DriverFramework, string>> = {
  wdm: 'edu',
  ndis: 'e1000',
};
