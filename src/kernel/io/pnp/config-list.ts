/** The assigned resources of a node as the bytes of a CM_RESOURCE_LIST. */
import type { DeviceNode } from './nodes.ts';
import { rawDescriptors, translatedDescriptors } from './resource-descriptors.ts';
import { encodeList } from './resource-lists.ts';

/** Nothing while the device has none. */
export function configList(
  { resources, fn }: DeviceNode,
  side: 'raw' | 'translated',
): Uint8Array | undefined {
  if (fn === undefined || resources.length === 0) return undefined;
  const describe = side === 'raw' ? rawDescriptors : translatedDescriptors;
  return encodeList(fn.location.bus, resources.flatMap(describe));
}
