import { expect, test } from 'vitest';
import * as spec from '../spec/e1000.ts';
import * as chip from '../spec/e1000-phy.ts';
import { e1000Driver } from './driver.suite.ts';
import { NEGOTIATION_TIME } from './phy.ts';

const NEGOTIATION_MICROSECONDS = Number(NEGOTIATION_TIME / 10n);
type Driver = ReturnType<typeof e1000Driver>;

function transact({ get, set, run }: Driver, command: number, phy: number): number {
  set('MDIC', command | (phy << spec.MDIC_PHY_SHIFT));
  expect(get('MDIC') & spec.MDIC_R).toBe(0);
  run(64);
  expect(get('MDIC') & spec.MDIC_R).toBe(spec.MDIC_R);
  return get('MDIC');
}

const readPhy = (driver: Driver, register: number, phy = chip.PHY_ADDRESS): number =>
  transact(driver, spec.MDIC_OP_READ | (register << spec.MDIC_REG_SHIFT), phy);

const data = (answer: number): number => answer & spec.MDIC_DATA;

const writePhy = (driver: Driver, register: number, value: number): number =>
  transact(
    driver,
    spec.MDIC_OP_WRITE | (register << spec.MDIC_REG_SHIFT) | value,
    chip.PHY_ADDRESS,
  );

test('the PHY tells its identity and a gigabit link', () => {
  const driver = e1000Driver();
  const ids = [chip.PHY_ID1, chip.PHY_ID2].map((n) => data(readPhy(driver, n)));
  expect(ids).toEqual([0x0141, 0x0c20]);
  const both = chip.PSTATUS_LINK | chip.PSTATUS_AUTONEG_COMPLETE;
  expect(data(readPhy(driver, chip.PSTATUS)) & both).toBe(both);
  expect(data(readPhy(driver, chip.PSSTAT)) >>> 14).toBe(spec.SPEED_1000);
});

test('nobody answers at another address', () => {
  const answer = readPhy(e1000Driver(), chip.PHY_ID1, 3);
  expect(answer & spec.MDIC_E).toBe(spec.MDIC_E);
});

test('a transaction interrupts when asked', () => {
  const driver = e1000Driver();
  driver.set('IMS', spec.ICR_MDAC);
  writePhy(driver, chip.ANA, 0x0de1);
  expect(driver.on.delivered).toHaveLength(0);
  transact(driver, spec.MDIC_OP_READ | spec.MDIC_I, chip.PHY_ADDRESS);
  expect(driver.on.delivered).toHaveLength(1);
});

test('the link waits for CTRL.SLU and tells its change', () => {
  const driver = e1000Driver();
  driver.set('IMS', spec.ICR_LSC);
  expect(driver.get('STATUS') & spec.STATUS_LU).toBe(0);
  driver.set('CTRL', driver.get('CTRL') | spec.CTRL_SLU);
  const up = spec.STATUS_LU | spec.STATUS_FD | (spec.SPEED_1000 << spec.STATUS_SPEED_SHIFT);
  expect(driver.get('STATUS') & 0xff).toBe(up);
  expect(driver.get('ICR')).toBe(spec.ICR_LSC);
});

test('restarted negotiation takes the link down and brings it back; loss is read once', () => {
  const driver = e1000Driver();
  driver.start();
  writePhy(driver, chip.PCTRL, 0x1140 | chip.PCTRL_RESTART_AUTONEG);
  expect(driver.get('STATUS') & spec.STATUS_LU).toBe(0);
  expect(data(readPhy(driver, chip.PSTATUS)) & chip.PSTATUS_AUTONEG_COMPLETE).toBe(0);
  driver.run(NEGOTIATION_MICROSECONDS);
  expect(driver.get('STATUS') & spec.STATUS_LU).toBe(spec.STATUS_LU);
  driver.link.setCarrier(false);
  driver.link.setCarrier(true);
  driver.run(NEGOTIATION_MICROSECONDS);
  const link = () => data(readPhy(driver, chip.PSTATUS)) & chip.PSTATUS_LINK;
  expect([link(), link()]).toEqual([0, chip.PSTATUS_LINK]);
});

test('a PHY held in reset or powered down has no link', () => {
  const driver = e1000Driver();
  driver.start();
  const control = driver.get('CTRL');
  driver.set('CTRL', control | spec.CTRL_PHY_RST);
  driver.run(NEGOTIATION_MICROSECONDS);
  expect(driver.get('STATUS') & spec.STATUS_LU).toBe(0);
  driver.set('CTRL', control);
  driver.run(NEGOTIATION_MICROSECONDS);
  expect(driver.get('STATUS') & spec.STATUS_LU).toBe(spec.STATUS_LU);
  writePhy(driver, chip.PCTRL, chip.PCTRL_POWER_DOWN);
  driver.run(NEGOTIATION_MICROSECONDS);
  expect(driver.get('STATUS') & spec.STATUS_LU).toBe(0);
});
