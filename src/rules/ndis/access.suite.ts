/** Traces for the NDIS rules about accesses. */
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { BAR, memory, ports } from '../story.suite.ts';
import { type NdisCase, type NdisStory, PORT } from './story.suite.ts';

const inUse = (s: NdisStory): NdisStory =>
  s.running().begin('use', 'nic#1').during('MiniportInterruptDPC', DISPATCH_LEVEL);

const copying = (s: NdisStory): NdisStory =>
  inUse(s).emit({
    kind: 'service-enter',
    service: 'memset',
    dll: 'ntoskrnl.exe',
    args: {},
    maxIrql: null,
  });

export const ndisAccessCases: readonly NdisCase[] = [
  {
    name: 'an access beyond the length, and one on the guard page',
    story: (s) => inUse(s).access(1, false).at('Further').fault('guard', 1),
    finds: ['NDIS-ACC-RANGE', 'NDIS-ACC-RANGE'],
    silent: ['NDIS-ACC-MEMFN', 'WDM-ACC-RANGE'],
  },
  {
    name: 'an access pages beyond a part of the resource that was mapped',
    story: (s) => {
      const story = s.load().initializing().mem({ length: 0x1000 });
      return story.fault(null, Number(story.mapping(1).virtual + 0x8000n));
    },
    finds: ['NDIS-ACC-RANGE'],
  },
  {
    name: 'filling beyond the length, and off the mapping',
    story: (s) => copying(s).access(1, false, 'write').at('Further').fault('guard', 1, 'write'),
    finds: ['NDIS-ACC-MEMFN', 'NDIS-ACC-MEMFN'],
    silent: ['NDIS-ACC-RANGE'],
  },
  {
    name: 'filling a part of the mapping has no finding',
    story: (s) => copying(s).access(1, true, 'write'),
    finds: [],
    silent: ['NDIS-ACC-MEMFN'],
  },
  {
    name: 'an access in MiniportHaltEx after the unmap',
    story: (s) => s.running().halting().free(1).fault('ended', 1, 'write'),
    finds: ['NDIS-ACC-RANGE'],
    silent: ['NDIS-ACC-ISR-ORDER', 'WDM-ACC-AFTER-UNMAP'],
  },
  {
    name: 'a timer that fires after the unmap',
    story: (s) => s.running().halting().free(1).during('NdisTimer').fault('ended', 1),
    finds: ['NDIS-ACC-ISR-ORDER'],
  },
  {
    name: 'a timer that uses the base that was cleared at the unmap',
    story: (s) => s.running().halting().free(1).during('NdisTimer').fault(null, 0x20),
    finds: ['NDIS-ACC-ISR-ORDER'],
    silent: ['NDIS-MAP-STATUS'],
  },
  {
    name: 'the interrupt that comes between unmap and deregistration is part of that finding',
    story: (s) =>
      s
        .load()
        .initializing()
        .mem()
        .connect()
        .over()
        .halting()
        .free(1)
        .during('MiniportInterrupt', 5)
        .fault('ended', 1),
    finds: ['NDIS-ACC-ISR-ORDER'],
  },
  {
    name: 'NULL of something else is no mapping',
    story: (s) => inUse(s).fault(null, 0x20),
    finds: [],
    silent: ['NDIS-MAP-STATUS', 'NDIS-ACC-ISR-ORDER', 'WDM-MAP-NULL'],
  },
  {
    name: 'a port instruction on a mapped register',
    story: (s) => {
      const story = inUse(s);
      return story.port(Number(story.mapping(1).virtual & 0xffffn) + 8, false);
    },
    finds: ['NDIS-ACC-FAMILY'],
    silent: ['WDM-ACC-FAMILY'],
  },
  {
    name: 'a port instruction on a resource that was never mapped',
    story: (s) =>
      s
        .load()
        .initializing([memory(BAR + 0x4000, 0x1000)])
        .port(0x4008, false),
    finds: ['NDIS-ACC-FAMILY'],
  },
  {
    name: 'a port of the adapter that was not registered',
    story: (s) => inUse(s).port(PORT + 8),
    finds: ['NDIS-ACC-FAMILY'],
    silent: ['NDIS-PORT-AFTER-DEREG'],
  },
  {
    name: 'a port number and a physical address as pointers',
    story: (s) =>
      inUse(s)
        .fault(null, PORT + 8)
        .at('Physical')
        .fault(null, BAR + 8),
    finds: ['NDIS-ACC-FAMILY', 'NDIS-ACC-FAMILY'],
  },
  {
    name: 'a port of the platform',
    story: (s) => inUse(s).port(0x80),
    finds: [],
    silent: ['NDIS-ACC-FAMILY'],
  },
  {
    name: 'a registered port reached without the registration',
    story: (s) =>
      s
        .load()
        .initializing()
        .io()
        .ndis('NdisImmediateReadPortUchar', null, { Port: '0xc004' })
        .ndis('NdisImmediateReadPortUchar', null, { Port: '0x80' })
        .over(),
    finds: ['NDIS-PORT-IMMEDIATE'],
  },
  {
    name: 'an immediate access to a port of the adapter that is not registered',
    story: (s) =>
      s
        .load()
        .initializing([ports(PORT, 0x40)])
        .emit({
          kind: 'service-enter',
          service: 'NdisImmediateReadPortUchar',
          dll: 'ndis.sys',
          args: { Port: '0xc004' },
          maxIrql: null,
        })
        .port(PORT + 4),
    finds: [],
    silent: ['NDIS-PORT-IMMEDIATE', 'NDIS-ACC-FAMILY'],
  },
  {
    name: 'a port used after it was given back',
    story: (s) =>
      s
        .load()
        .initializing()
        .io()
        .over()
        .halting()
        .free(1)
        .port(PORT + 4),
    finds: ['NDIS-PORT-AFTER-DEREG'],
    silent: ['NDIS-ACC-FAMILY'],
  },
  {
    name: 'a port used again once it is registered again',
    story: (s) =>
      s
        .load()
        .initializing()
        .io()
        .over()
        .halting()
        .free(1)
        .halted()
        .initializing()
        .io()
        .port(PORT + 4)
        .over(),
    finds: [],
    silent: ['NDIS-PORT-AFTER-DEREG'],
  },
  {
    name: 'a loop that waits for an adapter that is gone',
    story: (s) => s.running().gone().halting('NdisHaltDeviceSurpriseRemoved').ones(100_010),
    finds: ['NDIS-ACC-SURPRISE'],
    silent: ['WDM-ACC-SURPRISE'],
  },
  {
    name: 'a loop that sleeps while it waits for an adapter that is gone',
    story: (s) => s.running().gone().halting('NdisHaltDeviceSurpriseRemoved').ones(10_010, 1, 1000),
    finds: ['NDIS-ACC-SURPRISE'],
    silent: ['WDM-ACC-SURPRISE'],
  },
  {
    name: 'a loop that sleeps for long, not often',
    story: (s) =>
      s
        .running()
        .gone()
        .halting('NdisHaltDeviceSurpriseRemoved')
        .ones(100, 1, 200_000)
        .free(1)
        .halted(),
    finds: [],
    silent: ['NDIS-ACC-SURPRISE', 'WDM-ACC-SURPRISE'],
  },
  {
    name: 'a loop that gives up',
    story: (s) =>
      s.running().gone().halting('NdisHaltDeviceSurpriseRemoved').ones(1000).free(1).halted(),
    finds: [],
    silent: ['NDIS-ACC-SURPRISE', 'WDM-ACC-SURPRISE'],
  },
];
