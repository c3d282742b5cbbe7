/** Tells images of user mode from drivers of the kernel, which could not load what they import. */
import type { PeExport } from '../image/pe-exports.ts';
import type { PeImport } from '../image/pe-imports.ts';
import { badImage } from '../units/errors.ts';
import type { UnmodelledFramework } from './framework.ts';

/** Modules that exist in processes alone. */
const USER_MODE =
  /^(?:advapi32|combase|gdi32|iphlpapi|kernel32|kernelbase|msvcp\d+|msvcrt|ntdll|ole32|rpcrt4|setupapi|shell32|ucrtbased?|user32|vcruntime\w+|win32u|ws2_32|wudf\w+|api-ms-win-\w+-.*)\.dll$/i;

/** By which the host process of UMDF begins with a driver, of version 1 and of version 2. */
const UMDF = new Map([
  ['FxDriverEntryUm', 'the UMDF 2 framework (FxDriverEntryUm)'],
  ['DllGetClassObject', 'the UMDF 1 framework (DllGetClassObject)'],
]);

/** Nothing for an image of the kernel. One of user mode that is no driver either is refused. */
export function userModeFramework(
  imports: readonly Pick<PeImport, 'dll'>[],
  exports: readonly Pick<PeExport, 'name'>[],
): UnmodelledFramework | undefined {
  const dll = imports.map((entry) => entry.dll).find((name) => USER_MODE.test(name));
  if (dll === undefined) return undefined;
  const names = exports.map(({ name }) => name);
  for (const [entry, title] of UMDF) if (names.includes(entry)) return { framework: 'umdf', title };
  throw badImage(
    `it imports from ${dll}, a module of user mode: Windows would not load it as a driver`,
  );
}
