/** One stack frame as reports show it, innermost first in a stack. */

export interface Frame {
  /** Base name of the image, or `?` for an address outside every image. */
  readonly module: string;
  /** Offset from the image base (or the address itself when the module is `?`), in hex. */
  readonly offset: string;
  readonly symbol?: string;
  readonly file?: string;
  readonly line?: number;
}

export type Stack = readonly Frame[];
