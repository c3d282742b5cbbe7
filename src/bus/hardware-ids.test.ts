import { expect, test } from 'vitest';
import { compatibleIds, hardwareIds, identityOf, matchRank } from './hardware-ids.ts';

const identity = {
  vendorId: 0x1234,
  deviceId: 0x11e8,
  classCode: 0x00ff00,
  revision: 0x10,
  subsystemVendorId: 0x1af4,
  subsystemId: 0x1100,
};

test('hardware and compatible ids in the forms of Windows, most specific first', () => {
  expect(hardwareIds(identity)).toEqual([
    'PCI\\VEN_1234&DEV_11E8&SUBSYS_11001AF4&REV_10',
    'PCI\\VEN_1234&DEV_11E8&SUBSYS_11001AF4',
    'PCI\\VEN_1234&DEV_11E8&CC_00FF00',
    'PCI\\VEN_1234&DEV_11E8&CC_00FF',
  ]);
  expect(compatibleIds(identity)).toEqual([
    'PCI\\VEN_1234&DEV_11E8&REV_10',
    'PCI\\VEN_1234&DEV_11E8',
    'PCI\\VEN_1234&CC_00FF00',
    'PCI\\VEN_1234&CC_00FF',
    'PCI\\VEN_1234',
    'PCI\\CC_00FF00',
    'PCI\\CC_00FF',
  ]);
});

test('matching ignores case and prefers the specific', () => {
  expect(matchRank(identity, 'pci\\ven_1234&dev_11e8&subsys_11001af4&rev_10')).toBe(0);
  expect(matchRank(identity, 'PCI\\VEN_1234&DEV_11E8')).toBe(5);
  expect(matchRank(identity, 'PCI\\VEN_1234&DEV_11E9')).toBeUndefined();
});

test('every id of a function says its vendor and device', () => {
  for (const id of hardwareIds(identity)) {
    expect(identityOf(id)).toMatchObject({ vendorId: 0x1234, deviceId: 0x11e8 });
  }
  const [first = ''] = hardwareIds(identity);
  expect(identityOf(first)).toEqual({ ...identity, classCode: 0xff0000 });
});
