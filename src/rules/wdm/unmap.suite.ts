/** Traces for the rules about unmapping. */

import { APC_LEVEL, DISPATCH_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { BAR, memory, RAM, type TestCase } from '../story.suite.ts';

const TWO = [memory(BAR, 0x1000), memory(BAR + 0x1_0000, 0x4000)];
const SECOND = { physical: BAR + 0x1_0000, length: 0x4000 };
const FAILED = STATUS.INSUFFICIENT_RESOURCES;

export const unmapCases: readonly TestCase[] = [
  {
    name: 'a whole life cycle with each mapping released in time has no finding',
    story: (s) =>
      s
        .started()
        .pass('use')
        .pass('query-stop')
        .begin('stop')
        .unmap(1)
        .end()
        .starting(undefined, undefined, 'restart')
        .map()
        .end()
        .pass('query-remove')
        .begin('remove')
        .unmap(2)
        .passedDown('IRP_MN_REMOVE_DEVICE')
        .end()
        .pass('unload', null),
    finds: [],
    silent: [
      'WDM-UNMAP-STOP',
      'WDM-UNMAP-REMOVE',
      'WDM-REMAP-RESTART',
      'WDM-REMOVE-NO-STOP-DEPENDENCE',
      'WDM-UNMAP-IRQL',
      'WDM-UNMAP-ONCE',
    ],
  },
  {
    name: 'a leak at STOP is not reported again at REMOVE and Unload',
    story: (s) =>
      s
        .started()
        .pass('stop')
        .starting(undefined, undefined, 'restart')
        .map()
        .end()
        .begin('remove')
        .unmap(2)
        .end()
        .pass('unload', null),
    finds: ['WDM-UNMAP-STOP'],
  },
  {
    name: 'a mapping kept over STOP and released at REMOVE is one finding',
    story: (s) =>
      s.started().pass('stop').pass('restart').begin('remove').unmap(1).end().pass('unload', null),
    finds: ['WDM-UNMAP-STOP'],
  },
  {
    name: 'a leak at SURPRISE_REMOVAL that REMOVE mends is one finding',
    story: (s) =>
      s.started().pass('surprise-removal').begin('remove').unmap(1).end().pass('unload', null),
    finds: ['WDM-UNMAP-SURPRISE'],
  },
  {
    name: 'a release at SURPRISE_REMOVAL leaves nothing for REMOVE',
    story: (s) => s.started().begin('surprise-removal').unmap(1).end().pass('remove'),
    finds: [],
    silent: ['WDM-UNMAP-SURPRISE', 'WDM-UNMAP-REMOVE'],
  },
  {
    name: 'a leak at REMOVE is not reported again at Unload',
    story: (s) => s.started().pass('remove').pass('unload', null),
    finds: ['WDM-UNMAP-REMOVE'],
  },
  {
    name: 'an unmap after the REMOVE went down is too late',
    story: (s) => s.started().begin('remove').passedDown('IRP_MN_REMOVE_DEVICE').unmap(1).end(),
    finds: ['WDM-UNMAP-REMOVE'],
  },
  {
    name: 'an unmap after IoDeleteDevice is too late',
    story: (s) =>
      s
        .started()
        .begin('remove')
        .emit({ kind: 'device-object', what: 'delete', subject: 'edu#1' })
        .unmap(1)
        .end(),
    finds: ['WDM-UNMAP-REMOVE'],
  },
  {
    name: 'a driver that releases at STOP alone depends on it',
    story: (s) =>
      s
        .started()
        .begin('stop')
        .unmap(1)
        .end()
        .starting(undefined, undefined, 'restart')
        .map()
        .end()
        .pass('remove')
        .pass('unload', null),
    finds: ['WDM-REMOVE-NO-STOP-DEPENDENCE'],
  },
  {
    name: 'one of two mappings released is a lost symmetry',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting(TWO)
        .map()
        .map(SECOND)
        .end()
        .begin('stop')
        .unmap(2)
        .end(),
    finds: ['WDM-UNMAP-SYMMETRY'],
  },
  {
    name: 'two of two mappings released keep the symmetry',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting(TWO)
        .map()
        .map(SECOND)
        .end()
        .begin('remove')
        .unmap(2)
        .unmap(1)
        .end(),
    finds: [],
    silent: ['WDM-UNMAP-SYMMETRY'],
  },
  {
    name: 'a START that fails with the first mapping left is a leak there and then',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting(TWO)
        .map()
        .mapFailed(SECOND)
        .end(FAILED)
        .begin('remove')
        .unmap(1)
        .end()
        .pass('unload', null),
    finds: ['WDM-UNMAP-FAILED-START'],
  },
  {
    name: 'a START that fails, undoes its mapping and is followed by REMOVE has no finding',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting(TWO)
        .map()
        .mapFailed(SECOND)
        .unmap(1)
        .end(FAILED)
        .pass('remove')
        .pass('unload', null),
    finds: [],
    silent: ['WDM-UNMAP-FAILED-START', 'WDM-UNMAP-BEFORE-START', 'WDM-MAP-NULL', 'MDL-SAFE'],
  },
  {
    name: 'a second START that maps over the first loses it',
    story: (s) => s.started().starting().at('EduMap').map().end().begin('remove').unmap(2).end(),
    finds: ['WDM-REMAP-RESTART'],
  },
  {
    name: 'a second START with other resources must let the old range go',
    story: (s) =>
      s
        .started()
        .starting([memory(BAR + 0x8000, 0x1000)])
        .end()
        .begin('remove')
        .unmap(1)
        .end(),
    finds: ['WDM-REMAP-RESTART'],
  },
  {
    name: 'a second START that releases first has no finding',
    story: (s) => s.started().starting().unmap(1).map().end().begin('remove').unmap(2).end(),
    finds: [],
    silent: ['WDM-REMAP-RESTART'],
  },
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
  {
    name: 'a legacy driver maps in DriverEntry and releases in Unload',
    story: (s) =>
      s.begin('load', null).map().end().pass('use', null).begin('unload', null).unmap(1).end(),
    finds: [],
    silent: ['WDM-UNLOAD'],
  },
  {
    name: 'a legacy driver maps in a device control and releases in Unload',
    story: (s) =>
      s.load().begin('use', 'legacy#1').request().map().end().begin('unload', null).unmap(1).end(),
    finds: [],
  },
  {
    name: 'a legacy mapping left at Unload is a leak',
    story: (s) => s.begin('load', null).map().end().pass('unload', null),
    finds: ['WDM-UNLOAD'],
  },
  {
    name: 'a legacy unmap with the interrupt still connected comes too early',
    story: (s) =>
      s
        .begin('load', null)
        .map()
        .emit({ kind: 'interrupt', what: 'connect', subject: null })
        .end()
        .begin('unload', null)
        .unmap(1)
        .emit({ kind: 'interrupt', what: 'disconnect', subject: null })
        .end(),
    finds: ['WDM-UNLOAD'],
  },
  {
    name: 'a DriverEntry that fails undoes its mapping itself',
    story: (s) => s.begin('load', null).map().end(FAILED),
    finds: ['WDM-UNLOAD'],
  },
];
