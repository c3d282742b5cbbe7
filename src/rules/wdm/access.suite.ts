/** Traces for the rules about access. */
import { pa } from '../../units/address.ts';
import { BAR, memory, ports, RAM, type TestCase } from '../story.suite.ts';

export const accessCases: readonly TestCase[] = [
  {
    name: 'an access pages beyond a part of the resource that was mapped',
    story: (s) => {
      const story = s
        .load()
        .pass('add-device')
        .starting([memory(BAR, 0x1_0000)])
        .map();
      return story.fault(null, Number(story.mapping(1).virtual + 0x8000n));
    },
    finds: ['WDM-ACC-RANGE'],
  },
  {
    name: 'an access in the last page but beyond the length is reported once with its count',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting()
        .map({ length: 0x80 })
        .end()
        .begin('use')
        .at('EduRead')
        .access(1, false)
        .access(1, false),
    finds: ['WDM-ACC-RANGE'],
  },
  {
    name: 'an access to the page behind a mapping is named by the guard page',
    story: (s) => s.started().begin('use').fault('guard', 1),
    finds: ['WDM-ACC-RANGE'],
  },
  {
    name: 'an access inside a mapping is allowed, in STOP too',
    story: (s) => s.started().begin('use').access(1).end().begin('stop').access(1).unmap(1).end(),
    finds: [],
    silent: ['WDM-ACC-RANGE', 'WDM-ACC-STOPPED', 'WDM-ACC-SURPRISE'],
  },
  {
    name: 'a port instruction on a register address is recognised',
    story: (s) =>
      s
        .started()
        .begin('use')
        .port(Number(s.mapping(1).virtual & 0xffffn), false),
    finds: ['WDM-ACC-FAMILY'],
  },
  {
    name: 'a port of the platform is not half of an address, however large the memory',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting([memory(0xc000_0000, 0x40_0000)])
        .end()
        .begin('use')
        .port(0x504, false),
    finds: [],
    silent: ['WDM-ACC-FAMILY'],
  },
  {
    name: 'a driver that has ports may know others',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting([memory(0xc000_4000, 0x1000), ports(0xc040, 0x20)])
        .end()
        .begin('use')
        .port(0x4004, false),
    finds: [],
    silent: ['WDM-ACC-FAMILY'],
  },
  {
    name: 'a register access with a port number is recognised',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting([ports(0xc040, 0x20)])
        .end()
        .begin('use')
        .fault(null, 0xc044),
    finds: ['WDM-ACC-FAMILY'],
  },
  {
    name: 'a port resource used through ports is right',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting([ports(0xc040, 0x20)])
        .port(0xc044)
        .end()
        .begin('use')
        .port(0xc044),
    finds: [],
    silent: ['WDM-ACC-FAMILY', 'WDM-MAP-AFTER-LOWER'],
  },
  {
    name: 'a port touched before the bus driver has started the device is too early',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .begin('start')
        .emit({ kind: 'resources', subject: 'edu#1', resources: [ports(0xc040, 0x20)] })
        .port(0xc044),
    finds: ['WDM-MAP-AFTER-LOWER'],
  },
  {
    name: 'an interrupt routine that runs after the unmap is named with the unmap',
    story: (s) => s.started().begin('stop').unmap(1).inside('ISR').fault('ended', 1),
    finds: ['WDM-ACC-AFTER-UNMAP'],
  },
  {
    name: 'a DPC that uses the base cleared by the unmap is recognised',
    story: (s) => s.started().begin('stop').unmap(1).inside('DPC').fault(null, 0x24),
    finds: ['WDM-ACC-AFTER-UNMAP'],
  },
  {
    name: 'a NULL dereference while a mapping lives is no use after unmap',
    story: (s) => s.started().begin('use').fault(null, 0x24),
    finds: [],
    silent: ['WDM-ACC-AFTER-UNMAP'],
  },
  {
    name: 'a request let through while the device is stopped is reported as that',
    story: (s) =>
      s
        .started()
        .begin('stop')
        .unmap(1)
        .emit({
          kind: 'irp',
          what: 'completed',
          subject: 'edu#1',
          name: 'IRP_MN_STOP_DEVICE',
          status: null,
          from: 'system',
        })
        .request()
        .fault('ended', 1),
    finds: ['WDM-ACC-STOPPED'],
  },
  {
    name: 'a port touched while the device is stopped is reported',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting([ports(0xc040, 0x20)])
        .end()
        .pass('stop')
        .begin('use')
        .port(0xc044),
    finds: ['WDM-ACC-STOPPED'],
  },
  {
    name: 'a device that is gone is not silenced',
    story: (s) => s.started().begin('surprise-removal').access(1, true, 'write').unmap(1).end(),
    finds: ['WDM-ACC-SURPRISE'],
  },
  {
    name: 'the interrupt routine cannot know of the removal before the driver does',
    story: (s) =>
      s
        .started()
        .begin('surprise-removal')
        .inside('ISR')
        .access(1)
        .begin('surprise-removal')
        .unmap(1)
        .end(),
    finds: [],
    silent: ['WDM-ACC-SURPRISE'],
  },
  {
    name: 'a REMOVE that touches what SURPRISE_REMOVAL unmapped is reported as that',
    story: (s) =>
      s.started().begin('surprise-removal').unmap(1).end().begin('remove').fault('ended', 1),
    finds: ['WDM-ACC-SURPRISE'],
  },
  {
    name: 'MmCopyMemory from a register is reported',
    story: (s) =>
      s
        .started()
        .begin('use')
        .emit({ kind: 'copy-memory', physical: pa(BAR), length: 4, backing: 'device' }),
    finds: ['WDM-COPY-IO'],
  },
  {
    name: 'MmCopyMemory from RAM is what it is for',
    story: (s) =>
      s
        .started()
        .begin('use')
        .emit({ kind: 'copy-memory', physical: pa(RAM), length: 4, backing: 'ram' }),
    finds: [],
    silent: ['WDM-COPY-IO'],
  },
  {
    name: 'a device that comes back is a new device',
    story: (s) =>
      s
        .started()
        .begin('surprise-removal')
        .unmap(1)
        .end()
        .pass('remove')
        .pass('add-device')
        .starting([memory(BAR, 0x1000)])
        .map()
        .access(2)
        .end()
        .begin('use')
        .access(2)
        .end()
        .begin('remove')
        .unmap(2)
        .end(),
    finds: [],
  },
];
