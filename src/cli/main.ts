#!/usr/bin/env node
/** The `iospace` program. */
import { setFlagsFromString } from 'node:v8';
import { main } from './cli.ts';
import { paintFor } from './io.ts';

/** V8 optimises functions once they have run for a while: most runs are over before that pays (default: 135168). */
setFlagsFromString('--interrupt-budget=500000');

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
