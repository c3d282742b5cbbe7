#!/usr/bin/env node
/** The `iospace` program. */
import { main } from './cli.ts';
import { paintFor } from './io.ts';

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
