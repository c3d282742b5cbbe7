/**
 * Addresses of which somebody wants to know whether they were ever executed. Regions end before them, so control comes
 * to them through the code cache, which notes the first time; translated code does nothing for it.
 */
export class EntryWatch {
  readonly #entered = new Map<bigint, boolean>();

  /** To be said before code that leads there is translated. */
  watch(address: bigint): void {
    if (!this.#entered.has(address)) this.#entered.set(address, false);
  }

  isWatched(address: bigint): boolean {
    return this.#entered.has(address);
  }

  /** Control has come to the address. */
  note(address: bigint): void {
    if (this.#entered.has(address)) this.#entered.set(address, true);
  }

  wasEntered(address: bigint): boolean {
    return this.#entered.get(address) === true;
  }
}
