import { expect, test } from 'vitest';
import { caller, testKernel } from '../../kernel/test-kernel.ts';
import { suitNdis } from './host-version.ts';
import { ndisServices } from './services.ts';

test.each([
  ['a driver of any version', ['NdisMRegisterMiniportDriver'], 84],
  ['one that imports what 6.85 brought', ['NdisMSleep', 'NdisRegisterPoll'], 89],
] as const)('%s finds an NDIS that it could be loaded with', (_what, names, minor) => {
  const kernel = testKernel();
  suitNdis(
    kernel,
    names.map((name) => ({ name })),
  );
  expect(caller(kernel, ndisServices)('NdisGetVersion')).toBe(BigInt(0x6_0000 + minor));
});
