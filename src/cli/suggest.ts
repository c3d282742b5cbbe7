/** The name that a mistyped one was probably meant to be. */

const MAX_DISTANCE = 3;

export function suggestion(given: string, known: readonly string[]): string {
  const wanted = given.toLowerCase();
  const [best] = known
    .map((name) => ({ name, far: distance(wanted, name.toLowerCase()) }))
    .sort((one, other) => one.far - other.far);
  if (best === undefined || best.far > Math.min(MAX_DISTANCE, Math.ceil(given.length / 2)))
    return '';
  return `; did you mean ${best.name}?`;
}

/** Levenshtein distance; names are short, whatever the user typed is cut. */
function distance(from: string, to: string): number {
  const source = from.slice(0, 64);
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 0; i < source.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j += 1) {
      const replaced = (row[j] ?? 0) + (source[i] === to[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
