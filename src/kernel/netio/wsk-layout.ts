/** What Winsock Kernel clients and the WSK subsystem hand each other (wsk.h of WDK 10.0.22621). */
import { ptr, struct, u16, u32, u64 } from '../../layout/struct.ts';

export const WSK_CLIENT_NPI = struct({
  name: 'WSK_CLIENT_NPI',
  size: { x64: 16, x86: 8 },
  fields: { ClientContext: ptr(), Dispatch: ptr('WSK_CLIENT_DISPATCH') },
});

export const WSK_CLIENT_DISPATCH = struct({
  name: 'WSK_CLIENT_DISPATCH',
  size: { x64: 16, x86: 8 },
  fields: { Version: u16, Reserved: u16, WskClientEvent: ptr('WSK_CLIENT_EVENT') },
});

export const WSK_PROVIDER_NPI = struct({
  name: 'WSK_PROVIDER_NPI',
  size: { x64: 16, x86: 8 },
  fields: { Client: ptr('WSK_CLIENT'), Dispatch: ptr('WSK_PROVIDER_DISPATCH') },
});

export const WSK_PROVIDER_DISPATCH = struct({
  name: 'WSK_PROVIDER_DISPATCH',
  size: { x64: 56, x86: 28 },
  fields: {
    Version: u16,
    Reserved: u16,
    WskSocket: ptr(),
    WskSocketConnect: ptr(),
    WskControlClient: ptr(),
    WskGetAddressInfo: ptr(),
    WskFreeAddressInfo: ptr(),
    WskGetNameInfo: ptr(),
  },
});

export const WSK_REGISTRATION = struct({
  name: 'WSK_REGISTRATION',
  size: { x64: 24, x86: 16 },
  fields: {
    ReservedRegistrationState: u64,
    ReservedRegistrationContext: ptr(),
    ReservedRegistrationLock: ptr(),
  },
});

export const WSK_PROVIDER_CHARACTERISTICS = struct({
  name: 'WSK_PROVIDER_CHARACTERISTICS',
  size: { x64: 8, x86: 8 },
  fields: { HighestVersion: u16, LowestVersion: u16, Reserved: u32 },
});

/** NpiId and EventMask. */
export const WSK_EVENT_CALLBACK_CONTROL = struct({
  name: 'WSK_EVENT_CALLBACK_CONTROL',
  size: { x64: 16, x86: 8 },
  fields: { NpiId: ptr('NPIID'), EventMask: u32 },
});

/** MAKE_WSK_VERSION(1, 0), the only one there is. */
export const WSK_VERSION = 0x0100;

/** Codes of WskControlClient. */
export const WSK = {
  TRANSPORT_LIST_QUERY: 2,
  TRANSPORT_LIST_CHANGE: 3,
  CACHE_SD: 4,
  RELEASE_SD: 5,
  TDI_DEVICENAME_MAPPING: 6,
  SET_STATIC_EVENT_CALLBACKS: 7,
  TDI_BEHAVIOR: 8,
} as const;
