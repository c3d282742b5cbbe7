import { expect, test } from 'vitest';
import * as spec from '../spec/e1000.ts';
import * as chip from '../spec/e1000-phy.ts';
import { e1000Driver } from './driver.suite.ts';

const READ_MICROSECONDS = 10;

function readWord({ get, set, run }: ReturnType<typeof e1000Driver>, address: number): number {
  set('EERD', (address << spec.EERD_ADDR_SHIFT) | spec.EERD_START);
  expect(get('EERD') & spec.EERD_DONE).toBe(0);
  run(READ_MICROSECONDS);
  expect(get('EERD') & spec.EERD_DONE).toBe(spec.EERD_DONE);
  return get('EERD') >>> spec.EERD_DATA_SHIFT;
}

/** The four wires as a driver moves them. */
function wires({ get, set }: ReturnType<typeof e1000Driver>) {
  const out = (bits: number) => set('EECD', spec.EECD_EE_REQ | bits);
  const clock = (data: number) => {
    out(spec.EECD_CS | data);
    out(spec.EECD_CS | data | spec.EECD_SK);
    const bit = (get('EECD') & spec.EECD_DO) !== 0 ? 1 : 0;
    out(spec.EECD_CS | data);
    return bit;
  };
  const send = (bits: string) => {
    for (const bit of bits) clock(bit === '1' ? spec.EECD_DI : 0);
  };
  return {
    send,
    end: () => out(0),
    receive: (count: number) => {
      let value = 0;
      for (let i = 0; i < count; i++) value = value * 2 + clock(0);
      return value;
    },
  };
}

const binary = (value: number, bits: number) => value.toString(2).padStart(bits, '0');

test('EERD reads the address, the identity and a checksum that completes the sum', () => {
  const driver = e1000Driver();
  const words = Array.from({ length: chip.EEPROM_WORDS }, (_, n) => readWord(driver, n));
  expect(words.slice(0, 3)).toEqual([0x5452, 0x1200, 0x5634]);
  expect(words[chip.WORD_DEVICE_ID]).toBe(spec.DEVICE_ID);
  expect(words.reduce((sum, word) => sum + word, 0) & 0xffff).toBe(chip.CHECKSUM_TOTAL);
});

test('the same words come over the wires, one after another', () => {
  const driver = e1000Driver();
  const { send, receive, end } = wires(driver);
  send(`0110${binary(1, 6)}`);
  expect(receive(16)).toBe(0x1200);
  expect(receive(16)).toBe(0x5634);
  end();
  send(`110${binary(0, 6)}`);
  expect(receive(16)).toBe(0x5452);
});

test('a word is written only after writing has been enabled', () => {
  const driver = e1000Driver();
  const { send, end } = wires(driver);
  const write = () => {
    send(`101${binary(0x20, 6)}${binary(0xbeef, 16)}`);
    end();
  };
  write();
  expect(readWord(driver, 0x20)).toBe(0);
  send('100110000');
  end();
  write();
  expect(readWord(driver, 0x20)).toBe(0xbeef);
});

test('without a grant the wires move nothing', () => {
  const { get, set } = e1000Driver();
  expect(get('EECD') & spec.EECD_EE_GNT).toBe(0);
  set('EECD', spec.EECD_EE_REQ);
  expect(get('EECD') & spec.EECD_EE_GNT).toBe(spec.EECD_EE_GNT);
  expect(get('EECD') & spec.EECD_EE_PRES).toBe(spec.EECD_EE_PRES);
});
