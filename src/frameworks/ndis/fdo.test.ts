import { expect, test } from 'vitest';
import type { Routine } from '../../kernel/io/fake-driver.fixture.ts';
import { IRP_MJ, IRP_MN_PNP } from '../../kernel/io/function-codes.ts';
import { IRP } from '../../kernel/io/irp-layout.ts';
import { sendRequest } from '../../kernel/io/send-request.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { STATUS } from '../../units/status.ts';
import { FakeMiniport } from './miniport.fixture.ts';

const LIST = 0xffff_c000_0000_1000n;
const OTHER_LIST = 0xffff_c000_0000_2000n;

/** What the PnP manager gets back for its list of requirements. */
function filtered(handler?: (on: FakeMiniport) => Routine) {
  const on = new FakeMiniport();
  const { kernel, machine, adapter } = on;
  if (handler !== undefined) {
    const entry = machine.routine(handler(on));
    adapter.driver.pnp = { MiniportFilterResourceRequirements: entry };
  }
  return machine.run(
    sendRequest(kernel, {
      device: adapter.node.pdo,
      major: IRP_MJ.PNP,
      minor: IRP_MN_PNP.FILTER_RESOURCE_REQUIREMENTS,
      arguments: [LIST],
      origin: 'system',
      status: STATUS.NOT_SUPPORTED,
      information: LIST,
    }),
  );
}

const replacing =
  (status: number) =>
  (on: FakeMiniport): Routine =>
  (_context, irp) => {
    IRP.at(on.kernel.mmu, irp).IoStatus.Information = OTHER_LIST;
    return status;
  };

test.each([
  ['no handler leaves the request as it was', undefined, STATUS.NOT_SUPPORTED, LIST],
  ['a handler puts its own list there', replacing(0), STATUS.SUCCESS, OTHER_LIST],
  [
    'a handler that fails does not make the request succeed',
    (): Routine => () => NDIS_STATUS.RESOURCES,
    STATUS.NOT_SUPPORTED,
    LIST,
  ],
] as const)('resource requirements: %s', (_, handler, status, information) => {
  expect(filtered(handler)).toMatchObject({ status, information });
});
