/** Traces for the NDIS rules about when and how ranges are released. */
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { BAR, memory } from '../story.suite.ts';
import { type NdisCase, PORT, RESOURCES } from './story.suite.ts';

const { RESOURCES: NO_MEMORY } = NDIS_STATUS;
const AFTER_INIT = 'NdisHaltDeviceInitializationFailed';
const GONE = 'NdisHaltDeviceSurpriseRemoved';
const FLASH = { physical: BAR + 0x10_0000, length: 0x1000 };
const TWO = [...RESOURCES, memory(FLASH.physical, FLASH.length)];

export const ndisReleaseCases: readonly NdisCase[] = [
  {
    name: 'a failed initialization leaves a mapping and ports',
    story: (s) => s.load().initializing().mem().at('Io').io().over(NO_MEMORY).unloaded(),
    finds: ['NDIS-MAP-FAIL-UNWIND', 'NDIS-MAP-FAIL-UNWIND'],
    silent: ['NDIS-UNMAP-HALT', 'WDM-UNLOAD'],
  },
  {
    name: 'a failed initialization that unmaps has no finding',
    story: (s) => s.load().initializing().mem().free(1).over(NO_MEMORY).unloaded(),
    finds: [],
    silent: ['NDIS-MAP-FAIL-UNWIND'],
  },
  {
    name: 'a status between success and error fails an initialization as well',
    story: (s) => s.load().initializing().mem().over(NDIS_STATUS.NOT_ACCEPTED),
    finds: ['NDIS-MAP-FAIL-UNWIND'],
  },
  {
    name: 'a leak at halt is not reported again at the next one, nor at unload',
    story: (s) =>
      s
        .running()
        .halting()
        .halted()
        .initializing()
        .mem()
        .over()
        .halting()
        .free(2)
        .halted()
        .unloaded(),
    finds: ['NDIS-UNMAP-HALT'],
    silent: ['WDM-UNLOAD'],
  },
  {
    name: 'a leak at every halt is one finding',
    story: (s) =>
      s
        .running()
        .halting()
        .halted()
        .initializing()
        .at('NicMap')
        .mem()
        .over()
        .halting(AFTER_INIT)
        .halted(),
    finds: ['NDIS-UNMAP-HALT'],
    silent: ['NDIS-HALT-AFTER-INIT-OK'],
  },
  {
    name: 'a leak at surprise removal alone',
    story: (s) => s.running().gone().halting(GONE).halted().unloaded(),
    finds: ['NDIS-UNMAP-HALT'],
    silent: ['WDM-UNMAP-SURPRISE'],
  },
  {
    name: 'ports left at halt',
    story: (s) => s.load().initializing().io().over().halting().halted(),
    finds: ['NDIS-UNMAP-HALT'],
  },
  {
    name: 'a leak after an initialization that was in vain',
    story: (s) =>
      s
        .running()
        .halting()
        .free(1)
        .halted()
        .initializing()
        .mem()
        .over()
        .halting(AFTER_INIT)
        .halted()
        .unloaded(),
    finds: ['NDIS-HALT-AFTER-INIT-OK'],
  },
  {
    name: 'a shutdown leaves everything as it is',
    story: (s) => s.running().shuttingDown('NdisShutdownPowerOff').access().leave().end(),
    finds: [],
    silent: ['NDIS-UNMAP-HALT', 'NDIS-SHUTDOWN-NOFREE', 'NDIS-SHUTDOWN-NESTED'],
  },
  {
    name: 'an unmap in MiniportPause',
    story: (s) =>
      s
        .running()
        .begin('pause', 'nic#1')
        .enter('MiniportPause')
        .free(1)
        .leave()
        .end()
        .halting()
        .halted(),
    finds: ['NDIS-UNMAP-PLACE'],
  },
  {
    name: 'an unmap in MiniportDriverUnload comes too late: the halt left the mapping',
    story: (s) =>
      s.running().halting().halted().begin('unload', null).enter('MiniportDriverUnload').free(1),
    finds: ['NDIS-UNMAP-HALT'],
    silent: ['NDIS-UNMAP-PLACE'],
  },
  {
    name: 'a wrong length is one finding, the pages it leaves none',
    story: (s) => s.running().halting().free(1, 'wrong-length').halted().unloaded(),
    finds: ['NDIS-UNMAP-LENGTH'],
    silent: ['NDIS-UNMAP-HALT', 'WDM-UNMAP-LENGTH'],
  },
  {
    name: 'an interior base is one finding, the leak it causes none',
    story: (s) => s.running().halting().free(1, 'interior').halted(),
    finds: ['NDIS-UNMAP-BASE'],
    silent: ['NDIS-UNMAP-HALT', 'WDM-UNMAP-BASE'],
  },
  {
    name: 'a base that was never mapped is one finding, the leak it causes none',
    story: (s) => s.running().halting().freeStray('never-mapped').halted(),
    finds: ['NDIS-UNMAP-BASE'],
  },
  {
    name: 'the mapping of another adapter',
    story: (s) =>
      s
        .running()
        .initializing(TWO, 'nic#2')
        .mem(FLASH)
        .over()
        .halting()
        .free(2)
        .halted()
        .halting(undefined, 'nic#2')
        .free(2, 'already-ended')
        .halted(),
    finds: ['NDIS-UNMAP-BASE'],
    silent: ['NDIS-UNMAP-HALT'],
  },
  {
    name: 'what MmMapIoSpace made is not released by NDIS',
    story: (s) => s.load().initializing().map().over().halting().free(1, 'foreign').halted(),
    finds: ['NDIS-NO-MM', 'NDIS-UNMAP-BASE'],
  },
  {
    name: 'a mapping of NDIS released by MmUnmapIoSpace is about the twin',
    story: (s) => s.running().halting().unmap(1, 'foreign').halted(),
    finds: ['WDM-UNMAP-TWIN'],
    silent: ['NDIS-UNMAP-HALT'],
  },
  {
    name: 'a second unmap',
    story: (s) => s.running().halting().free(1).free(1, 'already-ended').halted(),
    finds: ['NDIS-UNMAP-ONCE'],
    silent: ['WDM-UNMAP-ONCE'],
  },
  {
    name: 'an unmap of NULL, and one where nothing is mapped',
    story: (s) =>
      s
        .load()
        .initializing()
        .over()
        .halting()
        .freeStray('null')
        .at('Other')
        .freeStray('never-mapped')
        .halted(),
    finds: ['NDIS-UNMAP-ONCE', 'NDIS-UNMAP-ONCE'],
    silent: ['WDM-UNMAP-NOT-NULL', 'WDM-UNMAP-BEFORE-START'],
  },
  {
    name: 'two mappings released in the order in which they were made',
    story: (s) =>
      s.load().initializing(TWO).mem().mem(FLASH).over().halting().free(1).free(2).halted(),
    finds: ['NDIS-UNMAP-REVERSE'],
  },
  {
    name: 'a mapping that stays is a leak, not an order',
    story: (s) => s.load().initializing(TWO).mem().mem(FLASH).over().halting().free(1).halted(),
    finds: ['NDIS-UNMAP-HALT'],
    silent: ['NDIS-UNMAP-REVERSE'],
  },
  {
    name: 'a part of the ports',
    story: (s) =>
      s.load().initializing().io().over().halting().free(1, 'wrong-length').halted().unloaded(),
    finds: ['NDIS-PORT-DEREG-EXACT'],
    silent: ['NDIS-UNMAP-HALT'],
  },
  {
    name: 'a part of the ports at each halt is one finding, though the numbers are the same ones',
    story: (s) =>
      s
        .load()
        .initializing()
        .io()
        .over()
        .halting()
        .at('Part')
        .free(1, 'wrong-length')
        .halted()
        .initializing()
        .io()
        .over()
        .halting()
        .at('Part')
        .free(1, 'wrong-length')
        .halted(),
    finds: ['NDIS-PORT-DEREG-EXACT'],
    silent: ['NDIS-UNMAP-HALT'],
  },
  {
    name: 'other ports than were registered',
    story: (s) =>
      s
        .load()
        .initializing()
        .io()
        .over()
        .halting()
        .freeStray('never-mapped', 'NdisMDeregisterIoPortRange')
        .halted(),
    finds: ['NDIS-PORT-DEREG-EXACT'],
  },
  {
    name: 'ports that were never registered, and ports given back twice',
    story: (s) =>
      s
        .load()
        .initializing()
        .freeStray('never-mapped', 'NdisMDeregisterIoPortRange')
        .io()
        .over()
        .halting()
        .at('Twice')
        .free(1)
        .free(1, 'already-ended')
        .halted(),
    finds: ['NDIS-PORT-DEREG-PLACE', 'NDIS-PORT-DEREG-PLACE'],
  },
  {
    name: 'ports given back in MiniportPause',
    story: (s) =>
      s
        .load()
        .initializing()
        .io()
        .over()
        .begin('pause', 'nic#1')
        .enter('MiniportPause')
        .free(1)
        .leave()
        .end()
        .halting()
        .halted(),
    finds: ['NDIS-PORT-DEREG-PLACE'],
  },
  {
    name: 'an unmap while the interrupt is registered is about that order alone',
    story: (s) =>
      s
        .load()
        .initializing()
        .mem()
        .io()
        .connect()
        .over()
        .halting()
        .at('Unmap')
        .free(1)
        .disconnect()
        .at('Ports')
        .free(2)
        .halted(),
    finds: ['NDIS-ACC-ISR-ORDER', 'NDIS-UNMAP-REVERSE'],
  },
  {
    name: 'an unmap before the interrupt is told although the routine never ends',
    story: (s) =>
      s.load().initializing().mem().connect().over().halting().free(1).emit({
        kind: 'bugcheck',
        code: 0xe2,
        name: 'MANUALLY_INITIATED_CRASH',
        parameters: [],
      }),
    finds: ['NDIS-ACC-ISR-ORDER'],
  },
  {
    name: 'all ranges released before the interrupt is one finding',
    story: (s) =>
      s
        .load()
        .initializing()
        .mem()
        .io()
        .connect()
        .over()
        .halting()
        .at('Ports')
        .free(2)
        .at('Unmap')
        .free(1)
        .disconnect()
        .halted(),
    finds: ['NDIS-ACC-ISR-ORDER'],
    silent: ['NDIS-UNMAP-REVERSE'],
  },
  {
    name: 'a release in MiniportShutdownEx, of memory and of ports',
    story: (s) =>
      s
        .load()
        .initializing()
        .mem()
        .io()
        .over()
        .shuttingDown('NdisShutdownBugCheck')
        .free(2)
        .at('Other')
        .free(1),
    finds: ['NDIS-SHUTDOWN-NOFREE', 'NDIS-SHUTDOWN-NOFREE'],
    silent: ['NDIS-UNMAP-PLACE', 'NDIS-MAP-IRQL'],
  },
  {
    name: 'a release in MiniportShutdownEx at power-off',
    story: (s) => s.running().shuttingDown('NdisShutdownPowerOff').free(1).leave().end(),
    finds: ['NDIS-SHUTDOWN-NOFREE'],
  },
  {
    name: 'a function for PASSIVE_LEVEL in MiniportShutdownEx at a bug check',
    story: (s) =>
      s
        .running()
        .shuttingDown('NdisShutdownBugCheck')
        .ndis('NdisMGetBusData', null)
        .ndis('NdisFreeMemory'),
    finds: ['NDIS-SHUTDOWN-NOFREE'],
  },
  {
    name: 'a function for PASSIVE_LEVEL in MiniportShutdownEx at power-off',
    story: (s) => s.running().shuttingDown('NdisShutdownPowerOff').ndis('NdisFreeMemory'),
    finds: [],
    silent: ['NDIS-SHUTDOWN-NOFREE'],
  },
  {
    name: 'MiniportShutdownEx that works inside a MiniportHaltEx that crashed',
    story: (s) =>
      s
        .load()
        .initializing()
        .mem()
        .io()
        .over()
        .halting()
        .shuttingDown('NdisShutdownBugCheck')
        .access(1)
        .port(PORT)
        .ndis('NdisMGetBusData', null),
    finds: ['NDIS-SHUTDOWN-NESTED'],
    silent: ['NDIS-SHUTDOWN-NOFREE'],
  },
  {
    name: 'an NDIS function, a port and a dead register inside a MiniportHaltEx that crashed',
    story: (s) => s.running().halting().shuttingDown('NdisShutdownBugCheck').ndis('NdisFreeMemory'),
    finds: ['NDIS-SHUTDOWN-NESTED'],
  },
];
