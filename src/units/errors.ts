/** The two error classes: what a user can mend or we do not model, and defects of iospace. */

export type HostErrorCode = 'bad-image' | 'bad-argument' | 'not-modelled' | 'trace-mismatch';

export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: HostErrorCode;
  constructor(code: HostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const badImage = (what: string): HostError => new HostError('bad-image', what);
export const badArgument = (what: string): HostError => new HostError('bad-argument', what);
export const notModelled = (what: string): HostError =>
  new HostError('not-modelled', `${what} is not modelled`);

export class InternalError extends Error {
  override readonly name = 'InternalError';
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InternalError(message);
}
