#!/usr/bin/env node
/** The `iospace` program. */
import * as modules from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { main } from './cli.ts';
import { paintFor } from './io.ts';

/**
 * V8 optimises functions once they have run for a while: most runs are over before that pays (default: 135168).
 * Newer engines than that of Node 20 do not know the flag, and say so.
 */
if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=500000');

/** From Node 22.1 on, what V8 made of the engine's modules is kept for the next run. */
(modules as { enableCompileCache?: () => unknown }).enableCompileCache?.();

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

process.exitCode = await main(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  paint: paintFor(process.stdout.isTTY === true, process.env),
  isWatched: process.stderr.isTTY === true,
});
