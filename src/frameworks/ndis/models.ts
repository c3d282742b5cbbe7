/** The two generations of miniports behind one set of verbs: what Plug and Play, power and scenarios ask of an adapter. */
import type { Blocking } from '../../kernel/effects.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { NtStatus } from '../../units/status.ts';
import type { Adapter } from './adapter.ts';
import type { DevicePnpEvent, HaltAction, ShutdownAction } from './constants.ts';
import * as six from './life-cycle.ts';
import { NDIS5 } from './ndis5/model.ts';
import { type OidAnswer, query, set } from './oid-requests.ts';
import { sendLists } from './send-lists.ts';
import type { SendRound } from './send-round.ts';

export interface MiniportModel {
  initialize(kernel: Kernel, adapter: Adapter): Blocking<NtStatus>;
  halt(kernel: Kernel, adapter: Adapter, action: HaltAction): Blocking<void>;
  pause(kernel: Kernel, adapter: Adapter, reason?: number): Blocking<NtStatus>;
  restart(kernel: Kernel, adapter: Adapter): Blocking<NtStatus>;
  reset(kernel: Kernel, adapter: Adapter): Blocking<six.ResetAnswer>;
  checkForHang(kernel: Kernel, adapter: Adapter): Blocking<boolean>;
  pnpEvent(kernel: Kernel, adapter: Adapter, event: DevicePnpEvent): Blocking<void>;
  shutdown(kernel: Kernel, adapter: Adapter, action: ShutdownAction): Blocking<void>;
  query(kernel: Kernel, adapter: Adapter, oid: number, bytes: number): Blocking<OidAnswer>;
  set(kernel: Kernel, adapter: Adapter, oid: number, value: Uint8Array): Blocking<OidAnswer>;
  /** Sends frames and waits until the miniport has completed them all; one status each. */
  send(kernel: Kernel, adapter: Adapter, round: SendRound): Blocking<readonly NtStatus[]>;
}

const NDIS6: MiniportModel = { ...six, query, set, send: sendLists };

export const models = ({ driver }: Adapter): MiniportModel =>
  driver.model === 'ndis6' ? NDIS6 : NDIS5;
