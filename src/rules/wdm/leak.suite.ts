/** Traces for the rules about what has to be released when. */

import { STATUS } from '../../units/status.ts';
import { BAR, memory, type TestCase } from '../story.suite.ts';

const TWO = [memory(BAR, 0x1000), memory(BAR + 0x1_0000, 0x4000)];
const SECOND = { physical: BAR + 0x1_0000, length: 0x4000 };
const FAILED = STATUS.INSUFFICIENT_RESOURCES;

export const leakCases: readonly TestCase[] = [
  {
    name: "the mapping of a device that runs is another driver's at an unload",
    story: (s) => s.started().pass('unload', null),
    finds: [],
    silent: ['WDM-UNLOAD'],
  },
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
        .pass('surprise-removal')
        .pass('remove')
        .pass('add-device')
        .starting()
        .map()
        .end()
        .pass('remove')
        .pass('unload', null),
    finds: ['WDM-UNMAP-SURPRISE', 'WDM-REMOVE-NO-STOP-DEPENDENCE'],
  },
  {
    name: 'a driver that releases at STOP and SURPRISE_REMOVAL forgot REMOVE alone',
    story: (s) =>
      s
        .started()
        .begin('stop')
        .unmap(1)
        .end()
        .starting(undefined, undefined, 'restart')
        .map()
        .end()
        .begin('surprise-removal')
        .unmap(2)
        .end()
        .pass('remove')
        .pass('add-device')
        .starting()
        .map()
        .end()
        .pass('remove')
        .pass('unload', null),
    finds: ['WDM-UNMAP-REMOVE'],
    silent: ['WDM-REMOVE-NO-STOP-DEPENDENCE'],
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
