import { expect, test } from 'vitest';
import type { Installation } from '../../kernel/io/pnp/nodes.ts';
import { interfaceIndex } from './init-parameters.ts';
import { FakeMiniport } from './miniport.fixture.ts';

const installed = (ifType?: string): Installation => ({
  description: 'A tunnel',
  manufacturer: 'Acme',
  provider: 'Acme',
  setupClass: { name: 'Net', guid: '{4D36E972-E325-11CE-BFC1-08002BE10318}' },
  hardwareId: 'Tunnel',
  section: 'Install',
  values:
    ifType === undefined
      ? []
      : [{ root: 'device', subkey: '', name: '*IfType', type: 'REG_DWORD', values: [ifType] }],
});

test.each([
  ['53', 53n],
  ['0x47', 71n],
  [undefined, 6n],
])('an adapter whose INF says *IfType = %s has a NET_LUID of that type', (ifType, type) => {
  const on = new FakeMiniport({}, { installation: installed(ifType) });
  const index = BigInt(interfaceIndex(on.adapter));
  const luid = on.open('NdisIfGetNetLuidFromInterfaceIndex', index);
  expect(luid).toBe((type << 48n) | (index << 24n));
});
