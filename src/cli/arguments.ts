/** Commands and options as declarations; parsing, usage errors and help follow from them. */
import { parseArgs } from 'node:util';
import { badArgument } from '../units/errors.ts';
import { suggestion } from './suggest.ts';

export interface Option {
  readonly name: string;
  readonly short?: string;
  /** Placeholder of its value; absent: a switch. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly isRepeatable?: boolean;
  readonly help: string;
}

export class Arguments {
  readonly operands: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;
  constructor(operands: readonly string[], values: ReadonlyMap<string, readonly string[]>) {
    this.operands = operands;
    this.#values = values;
  }
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
  one(name: string): string | undefined {
    return this.all(name).at(-1);
  }
  has(name: string): boolean {
    return this.#values.has(name);
  }
}

interface Shape {
  readonly options: readonly Option[];
  readonly operands: { readonly least: number; readonly most: number; readonly name: string };
}

export function parse(argv: readonly string[], { options, operands }: Shape): Arguments {
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(options.map((option) => [option.name, parserOption(option)])),
  });
  const values = new Map<string, string[]>();
  const given: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') given.push(token.value);
    if (token.kind !== 'option') continue;
    const option = options.find(({ name }) => name === token.name);
    if (option === undefined) throw unknownOption(token.rawName, options);
    const earlier = values.get(option.name) ?? [];
    if (earlier.length > 0 && option.isRepeatable !== true) {
      throw badArgument(`--${option.name} is given twice`);
    }
    values.set(option.name, [...earlier, optionValue(option, token)]);
  }
  checkOperands(given, operands);
  return new Arguments(given, values);
}

const parserOption = ({ short, value }: Option) => ({
  type: value === undefined ? ('boolean' as const) : ('string' as const),
  multiple: true,
  ...(short === undefined ? {} : { short }),
});

function unknownOption(rawName: string, options: readonly Option[]): Error {
  const known = options.map(({ name }) => `--${name}`);
  return badArgument(`unknown option ${rawName}${suggestion(rawName, known)}`);
}

function optionValue(
  option: Option,
  token: { readonly value: string | undefined; readonly inlineValue: boolean | undefined },
): string {
  const { name, value: placeholder, choices } = option;
  if (placeholder === undefined) {
    if (token.value !== undefined) throw badArgument(`--${name} takes no value`);
    return '';
  }
  const swallowed = token.inlineValue !== true && token.value?.startsWith('--') === true;
  if (token.value === undefined || swallowed) {
    throw badArgument(`--${name} needs a value: --${name} ${placeholder}`);
  }
  if (choices !== undefined && !choices.includes(token.value)) {
    const hint = suggestion(token.value, choices) || `; it is one of ${choices.join(', ')}`;
    throw badArgument(`--${name} cannot be ${token.value}${hint}`);
  }
  return token.value;
}

function checkOperands(given: readonly string[], { least, most, name }: Shape['operands']): void {
  if (given.length < least) throw badArgument(`${name} is missing`);
  const extra = given[most];
  if (extra !== undefined) throw badArgument(`unexpected argument ${extra}`);
}
