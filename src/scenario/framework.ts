/** Which framework a driver belongs to, as its imports say. */
import type { PeImport } from '../image/pe-imports.ts';

export type DriverFramework = 'wdm' | 'ndis';

/** What only a miniport imports from ndis.sys; protocols and filters register otherwise. */
const MINIPORT = new Set(['NdisMRegisterMiniportDriver', 'NdisMRegisterMiniport']);

export function frameworkOf(imports: readonly PeImport[]): DriverFramework {
  const isMiniport = imports.some(
    ({ dll, name }) => dll.toLowerCase() === 'ndis.sys' && name !== undefined && MINIPORT.has(name),
  );
  return isMiniport ? 'ndis' : 'wdm';
}

/** Hardware that a driver of the framework runs on unless said otherwise. */
export const USUAL_DEVICE: Readonly<Record<DriverFramework, string>> = {
  wdm: 'edu',
  ndis: 'e1000',
};
