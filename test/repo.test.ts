/** Laws of the repository: which layer imports which, how modules open, and that documents name what exists. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const src = join(root, 'src');

const BELOW_KERNEL = ['units', 'events', 'memory', 'mapping', 'layout', 'image', 'bus'];
const BELOW_MACHINE = [...BELOW_KERNEL, 'cpu', 'devices', 'kernel', 'frameworks'];
const ALL = [...BELOW_MACHINE, 'machine', 'scenario', 'rules', 'report'];

/** The layers that each layer may import besides itself. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  units: [],
  events: ['units'],
  memory: ['units', 'events'],
  mapping: ['units', 'events', 'memory'],
  layout: ['units', 'memory'],
  image: ['units', 'memory', 'layout'],
  cpu: ['units', 'events', 'memory'],
  bus: ['units', 'events', 'memory'],
  devices: ['units', 'events', 'memory', 'layout', 'bus'],
  kernel: BELOW_KERNEL,
  frameworks: [...BELOW_KERNEL, 'kernel'],
  machine: BELOW_MACHINE,
  scenario: [...BELOW_MACHINE, 'machine'],
  rules: ['units', 'events'],
  report: ['units', 'events', 'rules'],
  cli: ALL,
};

const SKIPPED = new Set(['node_modules', 'dist', '.git', 'coverage']);

function filesUnder(folder: string, ending: RegExp): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !SKIPPED.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesUnder(path, ending);
      return entry.isFile() && ending.test(entry.name) ? [path] : [];
    })
    .sort();
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const isTest = (path: string): boolean => /\.(test|suite|fixture)\.ts$/.test(path);

const modules = filesUnder('.', /\.ts$/).filter((path) => !path.endsWith('.gen.ts'));
/** Plain rows of outside names and values; as long as they have to be. */
const ROWS = new Set(['src/units/status-codes.ts', 'src/kernel/bug-check-names.ts']);
const documents = filesUnder('.', /\.md$/);
const layered = modules.filter((path) => /^src\/[^/]+\//.test(path) && !isTest(path));

const offenders = (paths: readonly string[], breaks: (text: string, path: string) => unknown) =>
  paths.filter((path) => breaks(read(path), path));

function importsOf(path: string): string[] {
  const specifiers = read(path).matchAll(/(?:from |import |import\()'([^']+)'/g);
  return [...specifiers].map(([, specifier = '']) => specifier);
}

test.each(layered)('%s imports only from layers below it', (path) => {
  const [, layer = '', framework = ''] = path.split('/');
  for (const specifier of importsOf(path).filter((given) => given.startsWith('.'))) {
    const [target = '', inner = ''] = relative(src, join(root, dirname(path), specifier)).split(
      '/',
    );
    if (target === '..') continue;
    expect([layer, ...(BELOW[layer] ?? [])], specifier).toContain(target);
    if (layer === 'frameworks' && target === layer && framework !== 'registry.ts') {
      expect([framework, 'framework.ts'], specifier).toContain(inner);
    }
  }
});

test('the table of layers is true of all folders', () => {
  const rows = read('ARCHITECTURE.md').matchAll(/^\| `src\/([^/]+)\/` \|.*\| ([^|]+) \|$/gm);
  const table = [...rows].map(([, layer = '', below = '']) => [layer, below] as const);
  const folders = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(table.map(([layer]) => layer).sort()).toEqual(folders.map(({ name }) => name).sort());
  expect(table.map(([layer]) => layer).sort()).toEqual(Object.keys(BELOW).sort());
  const listed = table.filter(([, below]) => /^(nothing|[a-z]+( [a-z]+)*)$/.test(below));
  for (const [layer, below] of listed.filter(([, text]) => !/\b(and|above|all)\b/.test(text))) {
    expect(below, layer).toBe(BELOW[layer]?.join(' ') || 'nothing');
  }
});

test('only the command line touches Node', () => {
  const core = layered.filter((path) => !path.startsWith('src/cli/'));
  expect(core.filter((path) => importsOf(path).some((name) => name.startsWith('node:')))).toEqual(
    [],
  );
});

test('only units makes addresses and statuses out of plain numbers', () => {
  const others = modules.filter((path) => !path.startsWith('src/units/'));
  const cast = /\bas (Va|Pa|BusAddress|Rva|HostOffset|NtStatus)\b/;
  expect(offenders(others, (text) => cast.test(text))).toEqual([]);
});

test('every module opens with a sentence that says what it is for', () => {
  const opening = /^(#!.*\n)?\/\*\*\s+(\* )?\S/;
  const code = modules.filter((path) => !/\.(config|test)\.ts$/.test(path));
  expect(offenders(code, (text) => !opening.test(text))).toEqual([]);
});

test('no module is longer than 400 lines', () => {
  const code = modules.filter((path) => !ROWS.has(path));
  expect(offenders(code, (text) => text.split('\n').length > 401)).toEqual([]);
});

test('nothing committed speaks of machines, unfinished work or where it was written', () => {
  const words = ['/wo' + 'rk/', '/tm' + 'p/', 'regis' + 'try.npmjs', 'FIX' + 'ME', 'TO' + 'DO'];
  const texts = filesUnder('.', /\.(ts|mjs|js|json|md|c|h|def|inf|sh|yml)$/);
  expect(offenders(texts, (text) => words.some((word) => text.includes(word)))).toEqual([]);
});

test('no test is set aside', () => {
  const tests = modules.filter(isTest);
  const aside = new RegExp(`\\.(${'only'}|${'skip'}|${'todo'})\\(`);
  expect(offenders(tests, (text) => aside.test(text))).toEqual([]);
});

const ROOTS = 'src|docs|drivers|test|tools|schema|bench|\\.ci';

test.each(documents)('%s names only paths that exist', (path) => {
  const text = read(path);
  const quoted = text.matchAll(new RegExp(`\`((?:${ROOTS})/[^\`\\s]*)\``, 'g'));
  const linked = text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g);
  const typed = [...text.matchAll(/^```(?:sh|console)\n([\s\S]*?)^```/gm)].flatMap(
    ([, block = '']) => [...block.matchAll(new RegExp(`(?<=^|\\s)((?:${ROOTS})/[\\w./-]+)`, 'g'))],
  );
  const named = [...[...quoted, ...typed].map(([, name = '']) => join(root, name))];
  const links = [...linked].map(([, name = '']) => join(root, dirname(path), name));
  const missing = [...named, ...links]
    .filter((name) => !/[*<{]/.test(name) && !existsSync(name))
    .map((name) => relative(root, name));
  expect(missing).toEqual([]);
});
