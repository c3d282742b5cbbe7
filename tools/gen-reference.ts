/** Writes the pages of services, devices and instructions in docs/reference from the declarations. */
import { writeFileSync } from 'node:fs';
import { mnemonicName } from '../src/cpu/decode.ts';
import { instructionRows } from '../src/cpu/instructions.ts';
import { DEVICES } from '../src/devices/registry.ts';
import { FRAMEWORK_SERVICES } from '../src/frameworks/registry.ts';
import { KERNEL_SERVICES, KERNEL_VARIABLES } from '../src/kernel/registry.ts';
import type { Service } from '../src/kernel/service.ts';
import { pageAddress } from '../src/report/page.ts';
import { statusName } from '../src/units/status.ts';

const isPage = (doc: string): boolean => /^[\w-]+\/n[a-z]-/.test(doc);

const pageCell = (doc: string): string => (isPage(doc) ? `[page](${pageAddress(doc)})` : doc);

const failures = ({ mayFail }: Service): string =>
  mayFail.map((failure) => (failure === 'null' ? 'NULL' : statusName(failure))).join(', ');

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : 1;

function serviceRow(service: Service): string {
  const parameters = Object.keys(service.params).join(', ');
  const cells = [service.name, service.dll, parameters, failures(service), pageCell(service.doc)];
  return `| ${cells.join(' | ')} |`;
}

export function servicesDoc(): string {
  return `# Services

Every Windows service that iospace implements, generated from the declarations by \`tools/gen-reference.ts\`.

A driver that calls anything else that a system module exports ends its run by name. ntoskrnl.exe and hal.dll answer for
each other.

| service | module | parameters | documented failures | documentation |
|---|---|---|---|---|
${[...KERNEL_SERVICES, ...FRAMEWORK_SERVICES].sort(byName).map(serviceRow).join('\n')}

## Variables

| variable | module | bytes | documentation |
|---|---|---|---|
${[...KERNEL_VARIABLES]
  .sort(byName)
  .map(({ name, dll, bytes, doc }) => `| ${name} | ${dll} | ${bytes} | ${pageCell(doc)} |`)
  .join('\n')}
`;
}

export function devicesDoc(): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const row = ({ name, summary, spec, identity }: (typeof DEVICES)[number]): string =>
    `| ${name} | ${hex(identity.vendorId, 4)}:${hex(identity.deviceId, 4)} | ${summary} | ${spec} |`;
  return `# Devices

The virtual hardware there is, generated from the declarations by \`tools/gen-reference.ts\`. \`iospace devices NAME\` lists
the registers of one.

| device | PCI id | what it is | after |
|---|---|---|---|
${[...DEVICES].sort(byName).map(row).join('\n')}
`;
}

const FLAGS = [
  ['CF', 0x001],
  ['PF', 0x004],
  ['AF', 0x010],
  ['ZF', 0x040],
  ['SF', 0x080],
  ['OF', 0x800],
] as const;

const flagsIn = (mask: number): string =>
  FLAGS.filter(([, bit]) => (mask & bit) !== 0)
    .map(([name]) => name)
    .join(' ');

export function instructionsDoc(): string {
  const rows = instructionRows.flatMap((row) =>
    row.names.map((mnemonic) => ({ ...row, name: mnemonicName(mnemonic).toLowerCase() })),
  );
  const lines = rows
    .sort(byName)
    .map(
      ({ name, reads, writes, undefines, execute }) =>
        `| ${name} | ${flagsIn(reads)} | ${flagsIn(writes & ~undefines)} | ${flagsIn(undefines)} | ${execute === undefined ? 'translated' : 'by the host'} |`,
    );
  return `# Instructions

Every instruction that iospace executes, generated from the rows in \`src/cpu/rows/\` by \`tools/gen-reference.ts\`.

Encodings are decoded by iced-x86, and results compared with those recorded on a processor. An instruction that is not here
ends the run by name when it is executed. Undefined flags are left as current processors leave them where known.

| instruction | reads | writes | leaves undefined | done |
|---|---|---|---|---|
${[...new Set(lines)].join('\n')}
`;
}

/** Each generated page by its file name in docs/reference. */
export const REFERENCE_PAGES: Readonly<Record<string, () => string>> = {
  'services.md': servicesDoc,
  'devices.md': devicesDoc,
  'instructions.md': instructionsDoc,
};

if (process.argv[1]?.endsWith('gen-reference.ts') === true) {
  for (const [name, page] of Object.entries(REFERENCE_PAGES)) {
    writeFileSync(new URL(`../docs/reference/${name}`, import.meta.url), page());
  }
}
