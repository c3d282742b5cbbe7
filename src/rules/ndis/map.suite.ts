/** Traces for the NDIS rules about where and how ranges are mapped and registered. */
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { BAR, memory, ports, RAM } from '../story.suite.ts';
import { type NdisCase, PORT, RESOURCES } from './story.suite.ts';

const { RESOURCES: NO_MEMORY, RESOURCE_CONFLICT, FAILURE } = NDIS_STATUS;
const BRIDGED = [memory(BAR, 0x1_0000, 0x8000_0000), ports(PORT, 0x40)];

export const ndisMapCases: readonly NdisCase[] = [
  {
    name: 'a whole life of an adapter with memory and ports has no finding',
    story: (s) =>
      s
        .load()
        .initializing()
        .mem()
        .io()
        .connect()
        .over()
        .pass('restart', 'nic#1')
        .begin('use', 'nic#1')
        .during('MiniportInterrupt', 5)
        .access(1)
        .port(PORT + 4)
        .leave()
        .end()
        .pass('pause', 'nic#1')
        .halting()
        .disconnect()
        .free(2)
        .free(1)
        .halted()
        .initializing()
        .mem()
        .over()
        .pass('surprise-removal', 'nic#1')
        .halting('NdisHaltDeviceSurpriseRemoved')
        .free(3)
        .halted()
        .unloaded(),
    finds: [],
    silent: [
      'NDIS-MAP-INIT-ONLY',
      'NDIS-MAP-IRQL',
      'NDIS-MAP-AFTER-ATTR',
      'NDIS-MAP-HANDLE',
      'NDIS-PORT-REGISTER-PLACE',
      'NDIS-PORT-DEREG-EXACT',
      'NDIS-PORT-DEREG-PLACE',
      'NDIS-UNMAP-PLACE',
      'NDIS-UNMAP-LENGTH',
      'NDIS-UNMAP-BASE',
      'NDIS-UNMAP-ONCE',
      'NDIS-UNMAP-HALT',
      'NDIS-UNMAP-REVERSE',
      'NDIS-ACC-RANGE',
      'NDIS-ACC-FAMILY',
      'NDIS-ACC-ISR-ORDER',
      'NDIS-NO-MM',
      'WDM-UNMAP-SURPRISE',
      'WDM-UNLOAD',
    ],
  },
  {
    name: 'a map in MiniportRestart is one finding, its unmap in MiniportPause none',
    story: (s) =>
      s
        .load()
        .initializing()
        .over()
        .begin('restart', 'nic#1')
        .enter('MiniportRestart')
        .mem()
        .leave()
        .end()
        .begin('pause', 'nic#1')
        .enter('MiniportPause')
        .free(1)
        .leave()
        .end()
        .halting()
        .halted(),
    finds: ['NDIS-MAP-INIT-ONLY'],
    silent: ['NDIS-UNMAP-PLACE'],
  },
  {
    name: 'a misplaced call that works now and fails then is one finding, its release in MiniportHaltEx none',
    story: (s) => {
      s.load().initializing().io().over().begin('restart', 'nic#1');
      s.enter('MiniportRestart').at('Map').mem().memFailed().leave().end();
      return s.halting().free(1).free(2).halted();
    },
    finds: ['NDIS-MAP-INIT-ONLY'],
    silent: ['NDIS-UNMAP-REVERSE'],
  },
  {
    name: 'a map in a DPC is about the place, not about the IRQL',
    story: (s) => s.load().initializing().over().during('MiniportInterruptDPC').memFailed(),
    finds: ['NDIS-MAP-INIT-ONLY'],
    silent: ['NDIS-MAP-IRQL'],
  },
  {
    name: 'ports registered in a timer are about the place',
    story: (s) => s.load().initializing().over().during('NdisTimer').ioFailed(),
    finds: ['NDIS-PORT-REGISTER-PLACE'],
  },
  {
    name: 'ports registered in MiniportAddDevice are wrong by the page',
    story: (s) => s.load().begin('initialize', 'nic#1').enter('MiniportAddDevice').io().leave(),
    finds: ['NDIS-PORT-REGISTER-PLACE'],
  },
  {
    name: 'ports registered in MiniportAddDevice are right by Static Driver Verifier',
    story: (s) => s.load().begin('initialize', 'nic#1').enter('MiniportAddDevice').io().leave(),
    finds: [],
    silent: ['NDIS-PORT-REGISTER-PLACE'],
    profile: 'verifier',
  },
  {
    name: 'a map with a spin lock held is about the IRQL',
    story: (s) =>
      s
        .load()
        .initializing()
        .now({ irql: DISPATCH_LEVEL })
        .mem()
        .now({ irql: PASSIVE_LEVEL })
        .over()
        .halting()
        .free(1)
        .halted(),
    finds: ['NDIS-MAP-IRQL'],
  },
  {
    name: 'an unmap with a spin lock held is about the IRQL',
    story: (s) => s.running().halting().now({ irql: DISPATCH_LEVEL }).free(1).halted(),
    finds: ['NDIS-MAP-IRQL'],
  },
  {
    name: 'a failed registration with a spin lock held is about the IRQL',
    story: (s) =>
      s.load().initializing().now({ irql: DISPATCH_LEVEL }).ioFailed().over(NO_MEMORY).unloaded(),
    finds: ['NDIS-MAP-IRQL'],
  },
  {
    name: 'a map before the attributes is one finding, the failure it causes none',
    story: (s) =>
      s
        .load()
        .initializing()
        .memFailed({ trouble: ['before-attributes'] })
        .over(NO_MEMORY),
    finds: ['NDIS-MAP-AFTER-ATTR'],
    silent: ['NDIS-MAP-ERRLOG'],
  },
  {
    name: 'the adapter context as handle, in each direction',
    story: (s) =>
      s
        .load()
        .initializing()
        .memFailed({ trouble: ['wrong-handle'] })
        .mem()
        .over()
        .halting()
        .at('Other')
        .free(1, 'exact', ['wrong-handle'])
        .halted(),
    finds: ['NDIS-MAP-HANDLE', 'NDIS-MAP-HANDLE'],
  },
  {
    name: 'a map with a wrong handle that works',
    story: (s) =>
      s
        .load()
        .initializing()
        .mem({ trouble: ['wrong-handle'] })
        .over()
        .halting()
        .free(1)
        .halted(),
    finds: ['NDIS-MAP-HANDLE'],
  },
  {
    name: 'the translated address is not the one of the bus',
    story: (s) =>
      s
        .load()
        .initializing(BRIDGED)
        .memFailed({ trouble: ['translated-address'] })
        .over(FAILURE),
    finds: ['NDIS-MAP-BUSREL'],
    silent: ['NDIS-MAP-NOT-RAM', 'NDIS-MAP-ERRLOG'],
  },
  {
    name: 'the address of the bus is right where it differs from that of the processor',
    story: (s) =>
      s.load().initializing(BRIDGED).mem({ bus: 0x8000_0000 }).over().halting().free(1).halted(),
    finds: [],
    silent: ['NDIS-MAP-BUSREL'],
  },
  {
    name: 'a base address with its flag bits leaves the resource',
    story: (s) =>
      s
        .load()
        .initializing()
        .memFailed({ physical: BAR + 8, trouble: ['not-assigned'] }, RESOURCE_CONFLICT)
        .over(RESOURCE_CONFLICT),
    finds: ['NDIS-MAP-BUSREL'],
  },
  {
    name: 'memory of another device, ports of another device, and no bytes at all',
    story: (s) =>
      s
        .load()
        .initializing()
        .memFailed({ physical: 0xd000_0000, trouble: ['not-assigned'] })
        .at('Ports')
        .ioFailed({ physical: 0x300, trouble: ['not-assigned'] })
        .at('Nothing')
        .memFailed({ length: 0 })
        .over(FAILURE),
    finds: ['NDIS-MAP-BUSREL', 'NDIS-MAP-BUSREL', 'NDIS-MAP-BUSREL'],
  },
  {
    name: 'memory of the computer',
    story: (s) =>
      s
        .load()
        .initializing()
        .memFailed({ physical: RAM, trouble: ['not-assigned', 'is-ram'] }, FAILURE)
        .over(FAILURE),
    finds: ['NDIS-MAP-NOT-RAM'],
    silent: ['NDIS-MAP-BUSREL', 'WDM-MAP-LOCKED'],
  },
  {
    name: 'a failed map whose NULL is used',
    story: (s) => s.load().initializing().memFailed({}, NO_MEMORY).fault(null, 0x20),
    finds: ['NDIS-MAP-STATUS'],
    silent: ['WDM-MAP-NULL'],
  },
  {
    name: 'a failed map that is logged and ends the initialization',
    story: (s) =>
      s
        .load()
        .initializing()
        .memFailed({}, NO_MEMORY)
        .emit({ kind: 'log-entry', by: 'driver', subject: 'nic#1', code: 1, values: [] })
        .over(NO_MEMORY)
        .unloaded(),
    finds: [],
    silent: ['NDIS-MAP-STATUS', 'NDIS-MAP-ERRLOG', 'NDIS-MAP-FAIL-UNWIND', 'NDIS-PORT-FAIL'],
  },
  {
    name: 'a failed map that is not logged',
    story: (s) => s.load().initializing().memFailed({}, NO_MEMORY).over(NO_MEMORY),
    finds: ['NDIS-MAP-ERRLOG'],
  },
  {
    name: 'a conflict is logged by NDIS',
    story: (s) => s.load().initializing().memFailed({}, RESOURCE_CONFLICT).over(RESOURCE_CONFLICT),
    finds: [],
    silent: ['NDIS-MAP-ERRLOG'],
  },
  {
    name: 'ports that could not be registered and an adapter that comes up all the same',
    story: (s) => s.load().initializing().ioFailed().port(PORT, false).over().halting().halted(),
    finds: ['NDIS-PORT-FAIL'],
  },
  {
    name: 'MmMapIoSpace of device memory in a miniport is advice, whatever the rules of WDM say',
    story: (s) => s.load().initializing(RESOURCES).map().over().halting().unmap(1).halted(),
    finds: ['NDIS-NO-MM'],
    silent: ['WDM-MAP-AT-START', 'WDM-MAP-WITHIN-RESOURCE'],
  },
  {
    name: 'MmMapIoSpace of memory that NdisMMapIoSpace refuses',
    story: (s) =>
      s.load().initializing().map({ backing: 'ram' }).unmap(1).over().halting().halted(),
    finds: [],
    silent: ['NDIS-NO-MM'],
  },
  {
    name: 'MmMapIoSpace in a driver that is no miniport',
    story: (s) => s.pass('load', null).pass('add-device').starting().map().end(),
    finds: [],
    silent: ['NDIS-NO-MM'],
  },
];
