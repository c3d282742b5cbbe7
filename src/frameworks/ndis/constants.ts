/** Names and numbers that all of NDIS shares (ndis.h of WDK 10.0.22621). */

export const NDIS = 'ndis.sys';

/** NDIS of Windows 10 22H2 is 6.84; NdisGetVersion gives major and minor, the minor in decimal. */
export const HOST_VERSION = { major: 6, minor: 84 } as const;
/** The newest version there is (6.89, Windows 11 24H2): a driver built for it is run, not refused. */
export const NEWEST_MINOR = 89;

export const HALT_ACTION = {
  NdisHaltDeviceDisabled: 0,
  NdisHaltDeviceInstanceDeInitialized: 1,
  NdisHaltDevicePoweredDown: 2,
  NdisHaltDeviceSurpriseRemoved: 3,
  NdisHaltDeviceFailed: 4,
  NdisHaltDeviceInitializationFailed: 5,
  NdisHaltDeviceStopped: 6,
} as const;
export type HaltAction = keyof typeof HALT_ACTION;

export const SHUTDOWN_ACTION = { NdisShutdownPowerOff: 0, NdisShutdownBugCheck: 1 } as const;
export type ShutdownAction = keyof typeof SHUTDOWN_ACTION;

/** NDIS_DEVICE_PNP_EVENT. */
export const DEVICE_PNP_EVENT = {
  NdisDevicePnPEventSurpriseRemoved: 2,
  NdisDevicePnPEventPowerProfileChanged: 5,
} as const;
export type DevicePnpEvent = keyof typeof DEVICE_PNP_EVENT;

/** NDIS_PAUSE_xxx, why a miniport is paused. */
export const PAUSE_REASON = { NDIS: 0x1, LOW_POWER: 0x2 } as const;

/** NDIS_DEVICE_POWER_STATE. */
export const POWER_STATE = { D0: 1, D3: 4 } as const;
