/** The verbs of an NDIS 5 miniport. */
import type { MiniportModel } from '../models.ts';
import * as verbs from './life-cycle.ts';
import { query, set } from './requests.ts';
import { sendPackets } from './send.ts';

export const NDIS5: MiniportModel = { ...verbs, query, set, send: sendPackets };
