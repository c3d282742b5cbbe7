/** Traces for the rules about mapping. */
import type { AssignedResource } from '../../events/event.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { BAR, memory, ports, RAM, type TestCase } from '../story.suite.ts';

const EX = { service: 'MmMapIoSpaceEx', executable: false, rawType: 0x204 };
const RAM_PAGE = { physical: RAM, backing: 'ram', cacheType: 'MmCached' } as const;
const LARGE: AssignedResource = {
  kind: 'memory-large',
  rawKind: 'memory-large',
  rawStart: 0x20_0000_0000,
  start: 0x20_0000_0000,
  length: 0x2_0000_0000,
};
/** An 8 GiB range is stored divided by 256. */
const UNDECODED = { physical: LARGE.start, length: 0x200_0000 };

export const mapCases: readonly TestCase[] = [
  {
    name: 'the NULL of a failed map used as a base is named with the call',
    story: (s) => s.load().pass('add-device').starting().at('EduMap').mapFailed().fault(null, 0x20),
    finds: ['WDM-MAP-NULL'],
  },
  {
    name: 'a NULL that is tested has no finding',
    story: (s) =>
      s.load().pass('add-device').starting().mapFailed().end(STATUS.INSUFFICIENT_RESOURCES),
    finds: [],
    silent: ['WDM-MAP-NULL', 'WDM-UNMAP-NOT-NULL'],
  },
  {
    name: 'a fault far from NULL has nothing to do with a failed map',
    story: (s) => s.load().pass('add-device').starting().mapFailed().fault(null, 0x40_0000),
    finds: [],
    silent: ['WDM-MAP-NULL'],
  },
  {
    name: 'zero bytes are reported whether or not the call fails',
    story: (s) => s.load().pass('add-device').starting().mapFailed({ length: 0 }),
    finds: ['WDM-MAP-LENGTH-NONZERO'],
  },
  {
    name: 'one byte is a length',
    story: (s) => s.load().pass('add-device').starting().map({ length: 1 }),
    finds: [],
    silent: ['WDM-MAP-LENGTH-NONZERO', 'WDM-MAP-WITHIN-RESOURCE', 'WDM-MAP-AT-START'],
  },
  {
    name: 'a map in the interrupt routine is one finding',
    story: (s) => s.load().pass('add-device').starting().inside('ISR').mapFailed(),
    finds: ['WDM-MAP-IRQL'],
  },
  {
    name: 'a map at DISPATCH_LEVEL is allowed',
    story: (s) => s.load().pass('add-device').starting().now({ irql: DISPATCH_LEVEL }).map(),
    finds: [],
    silent: ['WDM-MAP-IRQL'],
  },
  {
    name: 'a map at first use comes too late',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting()
        .end()
        .begin('use')
        .request()
        .map()
        .unmap(1)
        .end()
        .pass('stop'),
    finds: ['WDM-MAP-AT-START'],
  },
  {
    name: 'a map in AddDevice comes too early and is judged once',
    story: (s) =>
      s
        .load()
        .begin('add-device')
        .map()
        .end()
        .pass('start')
        .pass('stop')
        .begin('remove')
        .unmap(1)
        .end(),
    finds: ['WDM-MAP-AT-START'],
  },
  {
    name: 'a map in DriverEntry of what a device is given later comes too early',
    story: (s) => s.begin('load', null).map().end().pass('add-device').starting().end(),
    finds: ['WDM-MAP-AT-START'],
  },
  {
    name: 'a map before the bus driver has started the device is too early',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .begin('start')
        .emit({ kind: 'resources', subject: 'edu#1', resources: [memory(BAR, 0x1000)] })
        .map()
        .emit({ kind: 'lower-start', subject: 'edu#1', status: STATUS.SUCCESS })
        .end(),
    finds: ['WDM-MAP-AFTER-LOWER'],
  },
  {
    name: 'a map after the bus driver failed START is start work that is not due',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .begin('start')
        .emit({ kind: 'resources', subject: 'edu#1', resources: [memory(BAR, 0x1000)] })
        .emit({ kind: 'lower-start', subject: 'edu#1', status: STATUS.UNSUCCESSFUL })
        .map()
        .unmap(1)
        .end(STATUS.UNSUCCESSFUL),
    finds: ['WDM-MAP-AFTER-LOWER'],
  },
  {
    name: 'a START that a driver below fails and that maps nothing has no finding',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .begin('start')
        .emit({ kind: 'lower-start', subject: 'edu#1', status: STATUS.UNSUCCESSFUL })
        .end(STATUS.UNSUCCESSFUL)
        .pass('remove'),
    finds: [],
    silent: ['WDM-MAP-AFTER-LOWER', 'WDM-UNMAP-FAILED-START'],
  },
  {
    name: 'the raw address of a translated resource is recognised',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting([memory(BAR, 0x1000, 0x1000_0000)])
        .map({ physical: 0x1000_0000, backing: 'nothing' })
        .unmap(1),
    finds: ['WDM-MAP-TRANSLATED'],
  },
  {
    name: 'the translated address of a resource is right',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting([memory(BAR, 0x1000, 0x1000_0000)])
        .map(),
    finds: [],
    silent: ['WDM-MAP-TRANSLATED', 'WDM-MAP-AFTER-LOWER'],
  },
  {
    name: 'a port range mapped as memory is one finding, though RAM lies there',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting([ports(0xc000, 0x40)])
        .map({ physical: 0xc000, length: 0x40, backing: 'ram', unlocked: true })
        .unmap(1),
    finds: ['WDM-MAP-TYPE'],
  },
  {
    name: 'a port resource that is memory after translation is mapped',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting([{ ...memory(BAR, 0x40, 0xc000), rawKind: 'port' }])
        .map({ length: 0x40 }),
    finds: [],
    silent: ['WDM-MAP-TYPE'],
  },
  {
    name: 'the stored length of a large resource taken for bytes is recognised',
    story: (s) => s.load().pass('add-device').starting([LARGE]).map(UNDECODED),
    finds: ['WDM-MAP-LARGE'],
  },
  {
    name: 'part of a large resource that was decoded is mapped',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting([LARGE])
        .emit({
          kind: 'service-enter',
          service: 'RtlCmDecodeMemIoResource',
          dll: 'ntoskrnl.exe',
          args: {},
          maxIrql: null,
        })
        .map(UNDECODED),
    finds: [],
    silent: ['WDM-MAP-LARGE'],
  },
  {
    name: 'a page beyond the resource is outside it',
    story: (s) => s.load().pass('add-device').starting().map({ length: 0x2000 }),
    finds: ['WDM-MAP-WITHIN-RESOURCE'],
  },
  {
    name: 'memory of nobody is no resource of the device',
    story: (s) => s.load().pass('add-device').starting().map({ physical: 0xd000_0000 }).unmap(1),
    finds: ['WDM-MAP-WITHIN-RESOURCE'],
  },
  {
    name: 'a part of the resource is inside it',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting()
        .map({ physical: BAR + 0x20, length: 0x80 }),
    finds: [],
    silent: ['WDM-MAP-WITHIN-RESOURCE'],
  },
  {
    name: 'RAM that nothing locks is reported',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting()
        .map({ ...RAM_PAGE, unlocked: true })
        .unmap(1),
    finds: ['WDM-MAP-LOCKED'],
  },
  {
    name: 'RAM that a lock holds may be mapped',
    story: (s) => s.load().pass('add-device').starting().map(RAM_PAGE).unmap(1),
    finds: [],
    silent: ['WDM-MAP-LOCKED', 'WDM-MAP-USER-ADDR'],
  },
  {
    name: 'one range mapped with two caching types is reported at the second',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting()
        .map()
        .map({ physical: BAR + 0x800, length: 0x100, cacheType: 'MmWriteCombined' }),
    finds: ['WDM-MAP-CACHE-SINGLE'],
  },
  {
    name: 'one range mapped twice with one caching type is allowed',
    story: (s) => s.load().pass('add-device').starting().map().map({ length: 0x100 }),
    finds: [],
    silent: ['WDM-MAP-CACHE-SINGLE'],
  },
  {
    name: 'two caching types one after the other are allowed',
    story: (s) =>
      s.load().pass('add-device').starting().map().unmap(1).map({ cacheType: 'MmWriteCombined' }),
    finds: [],
  },
  {
    name: 'a caching type of the system is not for drivers',
    story: (s) =>
      s.load().pass('add-device').starting().mapFailed({ cacheType: 'Reserved', rawType: 3 }),
    finds: ['WDM-MAP-CACHE-VALID'],
  },
  {
    name: 'write combining is for drivers',
    story: (s) => s.load().pass('add-device').starting().map({ cacheType: 'MmWriteCombined' }),
    finds: [],
    silent: ['WDM-MAP-CACHE-VALID'],
  },
  {
    name: 'two base protections at once are not allowed',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting()
        .map({ ...EX, rawType: 0x206 }),
    finds: ['WDM-MAPEX-PROTECT'],
  },
  {
    name: 'a caching type in the place of the protection is no protection',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting()
        .mapFailed({ ...EX, rawType: 0, cacheType: 'Reserved' }),
    finds: ['WDM-MAPEX-PROTECT'],
  },
  {
    name: 'read-write without cache is the usual protection',
    story: (s) => s.load().pass('add-device').starting().map(EX),
    finds: [],
    silent: ['WDM-MAPEX-PROTECT', 'WDM-MAP-NX'],
  },
  {
    name: 'an executable mapping that was asked for is a warning',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting()
        .map({ ...EX, executable: true, rawType: 0x240 }),
    finds: ['WDM-MAP-NX'],
  },
  {
    name: 'MmMapIoSpace is what its page asks for',
    story: (s) => s.load().pass('add-device').starting().map(),
    finds: [],
    silent: ['WDM-MAP-NX'],
  },
  {
    name: 'MmMapIoSpace is what code analysis warns of',
    story: (s) => s.load().pass('add-device').starting().map(),
    finds: ['WDM-MAP-NX'],
    profile: 'verifier',
  },
  {
    name: 'a write to a read-only mapping faults and is named',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting()
        .map({ ...EX, rawType: 0x202, writable: false })
        .fault('live', 1, 'write'),
    finds: ['WDM-MAPEX-RO'],
  },
  {
    name: 'a read of a read-only mapping is allowed',
    story: (s) =>
      s
        .load()
        .pass('add-device')
        .starting()
        .map({ ...EX, rawType: 0x202, writable: false })
        .access(1),
    finds: [],
    silent: ['WDM-MAPEX-RO'],
  },
  {
    name: 'an address out of the request of a user is recognised',
    story: (s) =>
      s
        .begin('load', null)
        .end()
        .begin('use', 'tool#1')
        .request('040000000000d0fd00000000')
        .map({ physical: 0xfdd0_0000 })
        .unmap(1),
    finds: ['WDM-MAP-USER-ADDR'],
  },
  {
    name: "an address that happens to stand across bytes of the request is not the request's",
    story: (s) =>
      s
        .begin('load', null)
        .end()
        .begin('use', 'tool#1')
        .request('00000d00df0d')
        .map({ physical: 0xfdd0_0000 })
        .unmap(1),
    finds: [],
    silent: ['WDM-MAP-USER-ADDR'],
  },
];
