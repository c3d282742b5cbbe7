/** Regions compiled together as one module, and the key by which the same code is recognised again. */
import { REGION_TYPES } from './helpers.ts';
import { rowOf } from './instructions.ts';
import type { RegionShape } from './region.ts';
import { translateRegion } from './translate-region.ts';
import { ModuleWriter } from './wasm/module-writer.ts';

/** Function i is region i, exported under its number. */
export function regionModule(shapes: readonly RegionShape[]): Uint8Array {
  const module = new ModuleWriter();
  const [type = 0] = REGION_TYPES.map((signature) => module.type(signature));
  module.importMemory('memory');
  module.importTable('helpers');
  shapes.forEach((shape, i) => {
    module.export(String(i), module.define(type, translateRegion(shape, rowOf)));
  });
  return module.finish();
}

/** Everything the translation depends on: kind, addresses and bytes. */
export function moduleKey(shapes: readonly RegionShape[]): string {
  const parts: string[] = [];
  for (const { kind, entry, nodes } of shapes) {
    parts.push(`${kind}@${entry.toString(36)}`);
    for (const node of nodes) {
      if (node.kind === 'leave') continue;
      const [first] = node.instructions;
      parts.push(`+${((first?.address ?? entry) - entry).toString(36)}:`);
      for (const { bytes } of node.instructions) parts.push(String.fromCharCode(...bytes));
    }
  }
  return parts.join('');
}
