/** Traces for the rules about MDLs and the physical-memory section. */
import type { Trouble } from '../../events/event.ts';
import { va } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '../../units/irql.ts';
import { BAR, RAM, type Story, type TestCase } from '../story.suite.ts';

const MDL = va(0xffff_9000_0000_1000n);
const KERNEL = {
  origin: 'mdl',
  service: 'MmMapLockedPagesSpecifyCache',
  physical: RAM,
  backing: 'ram',
  cacheType: 'MmCached',
  executable: false,
  mdl: MDL,
} as const;
const USER = { ...KERNEL, space: 'user' } as const;
const VIEW = { ...KERNEL, origin: 'section', service: 'ZwMapViewOfSection', mdl: null } as const;
const CALLER = 300;

const idle = (s: Story): Story => s.load().pass('add-device').starting().end().begin('use');
const troubled = (...trouble: readonly Trouble[]) => ({ ...KERNEL, trouble });
const mdl =
  (
    what: 'build' | 'lock' | 'unlock' | 'free' | 'failed',
    trouble: readonly Trouble[] = [],
    flags = 0,
  ) =>
  (s: Story): Story =>
    s.emit({ kind: 'mdl', what, mdl: MDL, flags, detail: '', trouble });

export const mdlCases: readonly TestCase[] = [
  {
    name: 'locked pages mapped, unmapped, unlocked and freed have no finding',
    story: (s) => {
      mdl('lock')(idle(s)).map(KERNEL).unmap(1, 'exact', 'MmUnmapLockedPages');
      return mdl('free')(mdl('unlock')(s)).end().pass('unload', null);
    },
    finds: [],
    silent: [
      'MDL-LEAK',
      'MDL-UNMAP-PAIR',
      'MDL-MAP-OBSOLETE',
      'MDL-MAP-NOBUGCHECK',
      'MDL-MAP-LOCKED',
      'MDL-MAP-ONCE',
      'MDL-IO',
      'MDL-RESERVED',
      'PHYS-WX',
    ],
  },
  {
    name: 'an unlock that releases the system mapping by itself is relied upon by many drivers',
    story: (s) => mdl('free')(mdl('unlock')(mdl('lock')(idle(s)).map(KERNEL)).ended(1)),
    finds: [],
    silent: ['MDL-UNMAP-PAIR'],
  },
  {
    name: 'MmMapLockedPages is obsolete',
    story: (s) => idle(s).map({ ...KERNEL, service: 'MmMapLockedPages' }),
    finds: ['MDL-MAP-OBSOLETE'],
  },
  {
    name: 'a map that may stop the system is reported',
    story: (s) => idle(s).map(troubled('bugcheck-on-failure')),
    finds: ['MDL-MAP-NOBUGCHECK'],
  },
  {
    name: 'pages that nobody has locked are reported',
    story: (s) => idle(s).mapFailed(troubled('not-locked')),
    finds: ['MDL-MAP-LOCKED'],
  },
  {
    name: 'a second system mapping is reported, its unmaps are not',
    story: (s) =>
      idle(s)
        .map(KERNEL)
        .map(troubled('already-mapped'))
        .unmap(2, 'exact', 'MmUnmapLockedPages')
        .unmap(1, 'exact', 'MmUnmapLockedPages'),
    finds: ['MDL-MAP-ONCE'],
  },
  {
    name: 'a user mapping at DISPATCH_LEVEL is too high',
    story: (s) => idle(s).now({ irql: DISPATCH_LEVEL }).map(USER),
    finds: ['MDL-MAP-IRQL'],
  },
  {
    name: 'a system mapping at DISPATCH_LEVEL is allowed, a user mapping at APC_LEVEL too',
    story: (s) =>
      idle(s)
        .now({ irql: DISPATCH_LEVEL })
        .map(KERNEL)
        .unmap(1, 'exact', 'MmUnmapLockedPages')
        .now({ irql: APC_LEVEL })
        .map(USER)
        .unmap(2, 'exact', 'MmUnmapLockedPages'),
    finds: [],
    silent: ['MDL-MAP-IRQL', 'MDL-UNMAP-IRQL', 'MDL-MAP-USER'],
  },
  {
    name: 'a user mapping released at DISPATCH_LEVEL is too high',
    story: (s) =>
      idle(s).map(USER).now({ irql: DISPATCH_LEVEL }).unmap(1, 'exact', 'MmUnmapLockedPages'),
    finds: ['MDL-UNMAP-IRQL'],
  },
  {
    name: 'a user mapping of part of a page shows the rest of it',
    story: (s) => idle(s).map({ ...USER, trouble: ['length-not-pages'] }),
    finds: ['MDL-MAP-USER'],
  },
  {
    name: 'a user mapping released in another process is reported once',
    story: (s) =>
      mdl('free')(
        idle(s)
          .now({ process: CALLER })
          .map(USER)
          .now({ process: 4 })
          .unmap(1, 'never-mapped', 'MmUnmapLockedPages'),
      ).pass('unload', null),
    finds: ['MDL-UNMAP-PROCESS'],
  },
  {
    name: 'a user mapping released in its own process is right',
    story: (s) =>
      idle(s).now({ process: CALLER }).map(USER).unmap(1, 'exact', 'MmUnmapLockedPages'),
    finds: [],
    silent: ['MDL-UNMAP-PROCESS'],
  },
  {
    name: 'an MDL mapping released twice is reported',
    story: (s) =>
      idle(s)
        .map(KERNEL)
        .unmap(1, 'exact', 'MmUnmapLockedPages')
        .unmap(1, 'already-ended', 'MmUnmapLockedPages'),
    finds: ['MDL-UNMAP-PAIR'],
  },
  {
    name: 'an MDL freed while it is mapped is reported',
    story: (s) => mdl('free')(idle(s).map(KERNEL)),
    finds: ['MDL-UNMAP-PAIR'],
  },
  {
    name: 'an MDL mapping that outlives the driver is reported',
    story: (s) => idle(s).map(KERNEL).end().pass('unload', null),
    finds: ['MDL-UNMAP-PAIR'],
  },
  {
    name: 'an unlock of pages that are not locked is reported',
    story: (s) => mdl('unlock', ['not-mapped'])(idle(s)),
    finds: ['MDL-UNMAP-PAIR'],
  },
  {
    name: 'an MDL of device memory freed as pool is reported',
    story: (s) => mdl('free', ['freed-as-pool'])(idle(s)),
    finds: ['WDM-MDL-IO'],
  },
  {
    name: 'a partial MDL releases its mapping when it is freed',
    story: (s) => mdl('free', [], 0x10)(idle(s).map(KERNEL)).ended(1),
    finds: [],
  },
  {
    name: 'pages locked for a caller that ends are left locked',
    story: (s) => {
      mdl('lock')(idle(s).now({ process: CALLER })).now({ process: 4 });
      return s.emit({ kind: 'process-ended', ended: CALLER }).end().pass('unload', null);
    },
    finds: ['MDL-LEAK'],
  },
  {
    name: 'an MDL freed with its pages locked leaves them locked',
    story: (s) =>
      mdl('free')(mdl('lock')(idle(s)))
        .end()
        .pass('unload', null),
    finds: ['MDL-LEAK'],
  },
  {
    name: 'pages still locked at unload are reported',
    story: (s) => mdl('lock')(idle(s)).end().pass('unload', null),
    finds: ['MDL-LEAK'],
  },
  {
    name: 'registers described by an MDL for pool are no memory',
    story: (s) => mdl('build', ['pages-not-memory'])(idle(s)),
    finds: ['MDL-IO'],
  },
  {
    name: 'a reserved range given back while it is mapped is reported',
    story: (s) =>
      idle(s)
        .map({ ...KERNEL, service: 'MmMapLockedPagesWithReservedMapping' })
        .unmap(1, 'foreign', 'MmFreeMappingAddress'),
    finds: ['MDL-RESERVED'],
  },
  {
    name: 'a reserved mapping made with another tag is reported',
    story: (s) =>
      idle(s).mapFailed({
        ...KERNEL,
        service: 'MmMapLockedPagesWithReservedMapping',
        trouble: ['wrong-tag'],
      }),
    finds: ['MDL-RESERVED'],
  },
  {
    name: 'the NULL of a failed MDL mapping used as a base is named with the call',
    story: (s) => idle(s).mapFailed(KERNEL).fault(null, 0x10),
    finds: ['MDL-SAFE'],
  },
  {
    name: 'a range of device memory that does not begin on a page makes no MDL',
    story: (s) => mdl('failed', ['not-page-aligned'])(idle(s)),
    finds: ['WDM-MDL-IO'],
  },
  {
    name: 'an MDL of device memory that is freed with IoFreeMdl is right',
    story: (s) => mdl('free')(idle(s)),
    finds: [],
    silent: ['WDM-MDL-IO', 'MDL-SAFE'],
  },
  {
    name: 'an executable MDL mapping is the default of old, and not documented as wrong',
    story: (s) => idle(s).map({ ...KERNEL, executable: true }),
    finds: [],
    silent: ['PHYS-WX'],
  },
  {
    name: 'an executable MDL mapping is what code analysis warns of',
    story: (s) => idle(s).map({ ...KERNEL, executable: true }),
    finds: ['PHYS-WX'],
    profile: 'verifier',
  },
  {
    name: 'an executable view was asked for',
    story: (s) => idle(s).map({ ...VIEW, executable: true }),
    finds: ['PHYS-WX'],
  },
  {
    name: 'a view of device memory in the process of a caller is reported',
    story: (s) =>
      idle(s)
        .now({ process: CALLER })
        .map({ ...VIEW, space: 'user', physical: BAR, backing: 'device' }),
    finds: ['PHYS-SECTION-USER'],
  },
  {
    name: 'a view that a driver makes for itself at PASSIVE_LEVEL is allowed',
    story: (s) =>
      idle(s)
        .map({ ...VIEW, space: 'user', physical: BAR, backing: 'device' })
        .unmap(1, 'interior', 'ZwUnmapViewOfSection')
        .ended(1),
    finds: [],
    silent: ['PHYS-SECTION-USER', 'PHYS-SECTION-OPEN', 'PHYS-SECTION-UNMAP'],
  },
  {
    name: 'a view through a handle of the current process is reported',
    story: (s) => idle(s).map({ ...VIEW, trouble: ['handle-not-kernel'] }),
    finds: ['PHYS-SECTION-OPEN'],
  },
  {
    name: 'a view released at two addresses is released twice',
    story: (s) =>
      idle(s)
        .map(VIEW)
        .unmap(1, 'exact', 'ZwUnmapViewOfSection')
        .unmap(1, 'already-ended', 'ZwUnmapViewOfSection'),
    finds: ['PHYS-SECTION-UNMAP'],
  },
];
