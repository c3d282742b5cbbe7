/** Intel 82540EM gigabit Ethernet controller (Intel 317453, PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual 4.0). */
import { type DeviceModel, device } from './device.ts';
import { finishRead } from './e1000/eeprom.ts';
import { receiveTimerExpired, refreshInterrupt, transmitTimerExpired } from './e1000/interrupts.ts';
import { finishNegotiation, finishTransaction, loseLink, negotiate } from './e1000/phy.ts';
import { receive } from './e1000/receive.ts';
import { PORTS, REGISTERS } from './e1000/registers.ts';
import { initialState, powerUp } from './e1000/reset.ts';
import type { E1000State } from './e1000/state.ts';
import { transmit } from './e1000/transmit.ts';
import * as spec from './spec/e1000.ts';

export const e1000: DeviceModel = device<E1000State>({
  name: 'e1000',
  summary: 'Intel 82540EM gigabit Ethernet controller',
  spec: 'Intel 317453, 8254x Software Developer’s Manual 4.0',
  pci: {
    vendorId: spec.VENDOR_ID,
    deviceId: spec.DEVICE_ID,
    classCode: spec.CLASS_CODE,
    revision: spec.REVISION,
    subsystemVendorId: spec.VENDOR_ID,
    subsystemId: spec.SUBSYSTEM_ID,
  },
  bars: [
    { index: spec.REGISTER_BAR, size: spec.REGISTER_BYTES, registers: REGISTERS },
    { index: spec.IO_BAR, space: 'port', size: spec.IO_BYTES, registers: PORTS },
  ],
  lineInterrupt: 'A',
  initialState,
  onReset: powerUp,
  timers: {
    transmit,
    throttle: refreshInterrupt,
    receiveDelay: receiveTimerExpired,
    receiveAbsolute: receiveTimerExpired,
    transmitDelay: transmitTimerExpired,
    transmitAbsolute: transmitTimerExpired,
    eepromRead: finishRead,
    mdi: finishTransaction,
    negotiation: finishNegotiation,
  },
  network: {
    receive,
    carrier: (state, up, host) => (up ? negotiate(state, host) : loseLink(state, host)),
  },
});
