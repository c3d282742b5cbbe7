/** Traces for the rules about what an unmap call is given. */

import { APC_LEVEL, DISPATCH_LEVEL } from '../../units/irql.ts';
import { BAR, memory, RAM, type TestCase } from '../story.suite.ts';

const TWO = [memory(BAR, 0x1000), memory(BAR + 0x1_0000, 0x4000)];
const SECOND = { physical: BAR + 0x1_0000, length: 0x4000 };

export const unmapCases: readonly TestCase[] = [
  {
    name: 'an interior base is one finding, the leak it causes none',
    story: (s) => s.started().begin('stop').unmap(1, 'interior').end().pass('remove'),
    finds: ['WDM-UNMAP-BASE'],
  },
  {
    name: 'a base that was never mapped is one finding, the leak it causes none',
    story: (s) => s.started().begin('remove').unmapStray('never-mapped').end().pass('unload', null),
    finds: ['WDM-UNMAP-BASE'],
  },
  {
    name: 'a wrong length is one finding, the pages it leaves none',
    story: (s) =>
      s.started().begin('stop').unmap(1, 'wrong-length').end().pass('remove').pass('unload', null),
    finds: ['WDM-UNMAP-LENGTH'],
  },
  {
    name: 'the right base and length have no finding',
    story: (s) => s.started().begin('stop').unmap(1).end(),
    finds: [],
    silent: ['WDM-UNMAP-BASE', 'WDM-UNMAP-LENGTH', 'WDM-UNMAP-NOT-NULL', 'WDM-UNMAP-TWIN'],
  },
  {
    name: 'a second unmap is named with the first',
    story: (s) => s.started().begin('remove').unmap(1).unmap(1, 'already-ended').end(),
    finds: ['WDM-UNMAP-ONCE'],
  },
  {
    name: 'the first range unmapped twice and the second not at all is one finding',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting(TWO)
        .map()
        .map(SECOND)
        .end()
        .begin('remove')
        .unmap(1)
        .unmap(1, 'already-ended')
        .end(),
    finds: ['WDM-UNMAP-ONCE'],
  },
  {
    name: 'an unmap of NULL after a failed map is named with the failure',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting()
        .mapFailed()
        .end()
        .begin('remove')
        .unmapStray('null')
        .end(),
    finds: ['WDM-UNMAP-NOT-NULL'],
  },
  {
    name: 'an unmap of NULL for a device that never mapped is about the release path',
    story: (s) => s.load().pass('add-device').begin('remove').unmapStray('null').end(),
    finds: ['WDM-UNMAP-BEFORE-START'],
  },
  {
    name: 'a register touched through NULL for a device that never mapped is about the release path',
    story: (s) => s.load().pass('add-device').begin('remove').fault(null, 0x20),
    finds: ['WDM-UNMAP-BEFORE-START'],
  },
  {
    name: 'a device that was never started may be removed',
    story: (s) => s.load().pass('add-device').pass('remove').pass('unload', null),
    finds: [],
    silent: ['WDM-UNMAP-BEFORE-START', 'WDM-UNMAP-REMOVE'],
  },
  {
    name: 'an MDL mapping given to MmUnmapIoSpace has another twin',
    story: (s) =>
      s
        .started()
        .begin('remove')
        .map({
          origin: 'mdl',
          service: 'MmMapLockedPagesSpecifyCache',
          backing: 'ram',
          physical: RAM,
        })
        .unmap(2, 'foreign')
        .unmap(1)
        .end(),
    finds: ['WDM-UNMAP-TWIN'],
  },
  {
    name: 'an unmap at DISPATCH_LEVEL is as documented',
    story: (s) => s.started().begin('stop').now({ irql: DISPATCH_LEVEL }).unmap(1).end(),
    finds: [],
    silent: ['WDM-UNMAP-IRQL'],
  },
  {
    name: 'an unmap at DISPATCH_LEVEL stops Driver Verifier',
    story: (s) => s.started().begin('stop').now({ irql: DISPATCH_LEVEL }).unmap(1).end(),
    finds: ['WDM-MAP-NX', 'WDM-UNMAP-IRQL'],
    profile: 'verifier',
  },
  {
    name: 'an unmap at APC_LEVEL satisfies both sources',
    story: (s) => s.started().begin('stop').now({ irql: APC_LEVEL }).unmap(1).end(),
    finds: ['WDM-MAP-NX'],
    profile: 'verifier',
  },
  {
    name: 'an unmap at a device IRQL breaks the page',
    story: (s) => s.started().begin('stop').inside('ISR').unmap(1).end(),
    finds: ['WDM-UNMAP-IRQL'],
  },
  {
    name: 'a global base shared by two devices is one finding',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting()
        .map()
        .end()
        .pass('add-device', 'edu#2')
        .starting([memory(BAR + 0x8000, 0x1000)], 'edu#2')
        .map({ physical: BAR + 0x8000 })
        .end()
        .begin('remove', 'edu#1')
        .unmap(2)
        .end()
        .begin('remove', 'edu#2')
        .unmap(2, 'already-ended')
        .end()
        .pass('unload', null),
    finds: ['WDM-UNMAP-SAME-DEVICE'],
  },
  {
    name: 'two devices that each release their own have no finding',
    story: (s) =>
      s
        .started()
        .pass('add-device', 'edu#2')
        .starting([memory(BAR + 0x8000, 0x1000)], 'edu#2')
        .map({ physical: BAR + 0x8000 })
        .end()
        .begin('remove', 'edu#1')
        .unmap(1)
        .end()
        .begin('remove', 'edu#2')
        .unmap(2)
        .end(),
    finds: [],
    silent: ['WDM-UNMAP-SAME-DEVICE'],
  },
];
