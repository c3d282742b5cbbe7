/** What NDIS and the poll handler of a miniport hand each other (ndis/poll.h of WDK 10.0.22621). */
import { array, bool, ptr, struct, u32 } from '../../layout/struct.ts';
import { HEADER } from './object-header.ts';

export const POLL_CHARACTERISTICS = struct({
  name: 'NDIS_POLL_CHARACTERISTICS',
  size: { x64: 24, x86: 12 },
  fields: { Header: HEADER, SetPollNotificationHandler: ptr(), PollHandler: ptr() },
});

/** NDIS_POLL_TRANSMIT_DATA and NDIS_POLL_RECEIVE_DATA: the same fields by other names. */
const HALF = struct({
  name: 'NDIS_POLL_RECEIVE_DATA',
  size: { x64: 72, x86: 52 },
  fields: {
    /** MaxNblsToComplete, MaxNblsToIndicate. */
    Most: u32,
    Reserved1: array(u32, 3),
    /** CompletedNblChain, IndicatedNblChain. */
    Chain: ptr('NET_BUFFER_LIST'),
    /** NumberOfCompletedNbls, NumberOfIndicatedNbls. */
    Number: u32,
    NumberOfRemainingNbls: u32,
    /** SendCompleteFlags, Flags. */
    Flags: u32,
    Reserved2: u32,
    Reserved3: array(ptr(), 4),
  },
});

export const POLL_DATA = struct({
  name: 'NDIS_POLL_DATA',
  size: { x64: 152, x86: 108 },
  fields: { Header: HEADER, Transmit: HALF, Receive: HALF },
});

export const POLL_NOTIFICATION = struct({
  name: 'NDIS_POLL_NOTIFICATION',
  size: { x64: 6, x86: 6 },
  fields: { Header: HEADER, Enabled: bool },
});

/** NDIS_SIZEOF_NDIS_POLL_NOTIFICATION_REVISION_1. */
export const NOTIFICATION_BYTES = 5;

/** NDIS_ANY_NUMBER_OF_NBLS. */
export const ANY_NUMBER = 0xffff_ffff;
