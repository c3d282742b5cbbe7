/** Which models sections of an INF are for Windows 10 22H2 on x64 ("INF Manufacturer Section"). */

/** Version and build of the Windows that runs drivers here. */
const HOST = [10, 0, 19_045] as const;

/** `NTamd64[.Major[.Minor[.ProductType[.SuiteMask[.Build]]]]]` */
function versionOf(target: string): readonly [number, number, number] | undefined {
  const [architecture = '', major = '', minor = '', , , build = ''] = target.split('.');
  if (!/^NTamd64$/i.test(architecture)) return undefined;
  return [number(major), number(minor), number(build)];
}

const number = (text: string): number => (/^\d{1,9}$/.test(text) ? Number(text) : 0);

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((part, i) => part !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/** The section that Windows would take; for an INF that only knows newer ones, those; undecorated without x64 ones. */
export function modelSections(name: string, targets: readonly string[]): readonly string[] {
  const known = targets.flatMap((target) => {
    const version = versionOf(target);
    return version === undefined ? [] : [{ section: `${name}.${target}`, version }];
  });
  if (known.length === 0) return [name];
  const best = known
    .filter(({ version }) => compare(version, HOST) <= 0)
    .reduce<(typeof known)[number] | undefined>(
      (found, each) =>
        found === undefined || compare(each.version, found.version) >= 0 ? each : found,
      undefined,
    );
  return best === undefined ? known.map(({ section }) => section) : [best.section];
}
