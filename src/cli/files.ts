/** The files a user names: each way of not being readable is one clear line and exit code 2. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { badArgument } from '../units/errors.ts';

/** Far above any driver; below what would exhaust the host. */
const MAX_BYTES = 256 << 20;

export function readInput(path: string): Uint8Array {
  try {
    const facts = statSync(path);
    if (facts.isDirectory()) throw badArgument(`${path} is a directory, not a file`);
    if (!facts.isFile()) throw badArgument(`${path} is not a regular file`);
    if (facts.size > MAX_BYTES) throw badArgument(`${path} is larger than ${MAX_BYTES} bytes`);
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw explained(path, cause);
  }
}

export function writeOutput(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw explained(path, cause);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'is a directory',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  ERR_INVALID_ARG_VALUE: 'not a file name',
  ENOSPC: 'no space left',
  EROFS: 'read-only file system',
};

function explained(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('code' in cause)) return cause;
  const reason = REASONS[String(cause.code)];
  return reason === undefined ? cause : badArgument(`${path}: ${reason}`);
}
