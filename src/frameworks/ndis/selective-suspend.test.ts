import { expect, test } from 'vitest';
import type { Routine } from '../../kernel/io/fake-driver.fixture.ts';
import { allocate } from '../../kernel/test-kernel.ts';
import { NULL, vaAdd } from '../../units/address.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { OID_REQUEST } from './layout.ts';
import { FakeMiniport } from './miniport.fixture.ts';
import { OBJECT, setHeader } from './object-header.ts';
import { oidName } from './oids.ts';
import { resume, suspend } from './selective-suspend.ts';

const D2 = 3;
const SS_BYTES = 24;

interface Handlers {
  readonly idle?: (on: FakeMiniport) => number;
  readonly cancel?: (on: FakeMiniport) => void;
}

function sleeper({ idle, cancel }: Handlers = {}) {
  const told: string[] = [];
  const on = new FakeMiniport({
    MiniportOidRequest: (_context, request) => {
      const view = OID_REQUEST.at(on.kernel.mmu, request);
      const power = on.kernel.mmu.u32(view.InformationBuffer);
      told.push(view.InformationBufferLength === 4 ? `power ${power}` : oidName(view.Oid));
      return 0;
    },
  });
  const { kernel, machine, adapter } = on;
  const at = allocate(kernel, SS_BYTES);
  setHeader(kernel, at, OBJECT.MINIPORT_SS_CHARACTERISTICS, 1, SS_BYTES);
  const put = (offset: number, routine: Routine): void =>
    kernel.mmu.write(vaAdd(at, offset), 8, machine.routine(routine));
  put(8, () => {
    told.push('idle');
    return idle?.(on) ?? confirm(on);
  });
  put(16, () => {
    told.push('cancelled');
    if (cancel === undefined) on.call('NdisMIdleNotificationComplete', adapter.handle);
    else cancel(on);
    return 0;
  });
  adapter.driver.settingOptions = true;
  const offer = (): number => Number(on.call('NdisSetOptionalHandlers', adapter.driver.handle, at));
  const status = offer();
  return { on, told, at, offer, status };
}

function confirm(on: FakeMiniport): number {
  on.call('NdisMIdleNotificationConfirm', on.adapter.handle, D2);
  return NDIS_STATUS.PENDING;
}

test('an idle adapter is told its wake-up events and its state, and sleeps; needed, it wakes', () => {
  const { on, told, status } = sleeper();
  const { kernel, machine, adapter } = on;
  expect(status).toBe(NDIS_STATUS.SUCCESS);
  expect(machine.run(suspend(kernel, adapter))).toBe(true);
  expect(told).toEqual(['idle', 'OID_PM_PARAMETERS', `power ${D2}`]);
  expect(adapter.node.powerState).toBe(D2);
  machine.run(resume(kernel, adapter));
  expect(told.slice(3)).toEqual(['cancelled', 'power 1']);
  expect(adapter.node.powerState).toBe(1);
  expect(on.problems).toEqual([]);
});

test('a miniport may say that it is busy, and nothing follows', () => {
  const { on, told } = sleeper({ idle: () => NDIS_STATUS.BUSY });
  expect(on.machine.run(suspend(on.kernel, on.adapter))).toBe(false);
  on.machine.run(resume(on.kernel, on.adapter));
  expect(told).toEqual(['idle']);
  expect(on.problems).toEqual([]);
});

test('success is no answer to an idle notification', () => {
  const { on } = sleeper({ idle: () => NDIS_STATUS.SUCCESS });
  expect(on.machine.run(suspend(on.kernel, on.adapter))).toBe(false);
  expect(on.problems).toEqual(['MiniportIdleNotification not-pending']);
});

test('a miniport that completes by itself is not cancelled', () => {
  const { on, told } = sleeper();
  const { kernel, machine, adapter } = on;
  machine.run(suspend(kernel, adapter));
  on.call('NdisMIdleNotificationComplete', adapter.handle);
  machine.run(resume(kernel, adapter));
  expect(told.slice(3)).toEqual(['power 1']);
});

test('there is nothing to confirm or complete but what is pending', () => {
  const { on } = sleeper();
  const { handle } = on.adapter;
  on.call('NdisMIdleNotificationConfirm', handle, D2);
  on.call('NdisMIdleNotificationComplete', handle);
  on.call('NdisMIdleNotificationConfirm', NULL, D2);
  expect(on.problems).toEqual([
    'NdisMIdleNotificationConfirm nothing-pending',
    'NdisMIdleNotificationComplete nothing-pending',
    'NdisMIdleNotificationConfirm wrong-handle',
  ]);
});

test('a state that is no sleep is told', () => {
  const { on } = sleeper({
    idle(miniport) {
      miniport.call('NdisMIdleNotificationConfirm', miniport.adapter.handle, 1);
      return NDIS_STATUS.PENDING;
    },
  });
  on.machine.run(suspend(on.kernel, on.adapter));
  expect(on.problems).toEqual(['NdisMIdleNotificationConfirm wrong-power-state']);
});

test('both handlers have to be there', () => {
  const { on, at, offer } = sleeper();
  on.kernel.mmu.write(vaAdd(at, 16), 8, 0n);
  expect(offer()).toBe(NDIS_STATUS.INVALID_PARAMETER);
});
