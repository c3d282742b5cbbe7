/** Where in a range an address lies. */
import { hex } from '../../units/address.ts';

export const offsetIn = (address: bigint, base: bigint): string =>
  address < base ? `-${hex(base - address)}` : hex(address - base);
