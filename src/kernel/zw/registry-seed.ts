/** What a freshly installed Windows 10 22H2 has in the keys that drivers read. */

import { REG, type RegistryKey } from './registry-key.ts';
import { dwordData, multiData, type TypedData, textData } from './registry-values.ts';

/** The part of the registry that seeding needs. */
interface Seeded {
  createKey(path: string): RegistryKey;
  setValue(path: string, name: string, data: TypedData): void;
  link(path: string, name: string, target: RegistryKey): void;
}

const MACHINE = '\\REGISTRY\\MACHINE';
const SYSTEM = `${MACHINE}\\SYSTEM`;
const CONTROL = `${SYSTEM}\\ControlSet001\\Control`;
const SERVICES = `${SYSTEM}\\ControlSet001\\Services`;
const HARDWARE = `${MACHINE}\\HARDWARE`;
const CPU = `${HARDWARE}\\DESCRIPTION\\System\\CentralProcessor\\0`;
const BIOS = `${HARDWARE}\\DESCRIPTION\\System\\BIOS`;
const WINDOWS_NT = `${MACHINE}\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion`;

const KEYS = [
  `${MACHINE}\\SAM`,
  `${MACHINE}\\SECURITY`,
  `${SYSTEM}\\Setup`,
  `${SYSTEM}\\ControlSet001\\Enum`,
  `${SYSTEM}\\ControlSet001\\Hardware Profiles\\0001`,
  `${CONTROL}\\Class`,
  `${CONTROL}\\DeviceClasses`,
  `${CONTROL}\\Session Manager\\Environment`,
  `${CONTROL}\\GraphicsDrivers`,
  `${CONTROL}\\Video`,
  `${CONTROL}\\WMI\\Autologger`,
  `${CONTROL}\\Power`,
  `${HARDWARE}\\DEVICEMAP`,
  `${HARDWARE}\\RESOURCEMAP`,
  '\\REGISTRY\\USER\\.DEFAULT',
  '\\REGISTRY\\USER\\S-1-5-18',
];

const VALUES: readonly (readonly [path: string, name: string, data: TypedData])[] = [
  [`${SYSTEM}\\Select`, 'Current', dwordData(1)],
  [`${SYSTEM}\\Select`, 'Default', dwordData(1)],
  [`${SYSTEM}\\Select`, 'LastKnownGood', dwordData(1)],
  [CONTROL, 'CurrentUser', textData('USERNAME')],
  [CONTROL, 'SystemBootDevice', textData('multi(0)disk(0)rdisk(0)partition(1)')],
  [CONTROL, 'SystemStartOptions', textData(' NOEXECUTE=OPTIN')],
  [`${CONTROL}\\ComputerName\\ComputerName`, 'ComputerName', textData('IOSPACE')],
  [`${CONTROL}\\ComputerName\\ActiveComputerName`, 'ComputerName', textData('IOSPACE')],
  [`${CONTROL}\\CrashControl`, 'CrashDumpEnabled', dwordData(7)],
  [`${CONTROL}\\FileSystem`, 'NtfsDisable8dot3NameCreation', dwordData(2)],
  [`${CONTROL}\\Nls\\Language`, 'Default', textData('0409')],
  [`${CONTROL}\\Nls\\Language`, 'InstallLanguage', textData('0409')],
  [`${CONTROL}\\ProductOptions`, 'ProductType', textData('WinNT')],
  [`${CONTROL}\\ProductOptions`, 'ProductSuite', multiData(['Terminal Server'])],
  [`${CONTROL}\\Session Manager`, 'ProtectionMode', dwordData(1)],
  [`${CONTROL}\\Session Manager\\Memory Management`, 'ClearPageFileAtShutdown', dwordData(0)],
  [`${CONTROL}\\Session Manager\\Memory Management`, 'DisablePagingExecutive', dwordData(0)],
  [`${CONTROL}\\Session Manager\\Power`, 'HiberbootEnabled', dwordData(0)],
  [`${CONTROL}\\TimeZoneInformation`, 'ActiveTimeBias', dwordData(0)],
  [`${CONTROL}\\TimeZoneInformation`, 'Bias', dwordData(0)],
  [`${CONTROL}\\TimeZoneInformation`, 'TimeZoneKeyName', textData('UTC')],
  [`${CONTROL}\\Windows`, 'Directory', textData('%SystemRoot%', REG.EXPAND_SZ)],
  [`${CONTROL}\\Windows`, 'SystemDirectory', textData('%SystemRoot%\\system32', REG.EXPAND_SZ)],
  [`${CONTROL}\\Windows`, 'CSDVersion', dwordData(0)],
  [`${HARDWARE}\\DESCRIPTION\\System`, 'Identifier', textData('AT/AT COMPATIBLE')],
  [BIOS, 'BIOSVendor', textData('iospace')],
  [BIOS, 'SystemManufacturer', textData('iospace')],
  [BIOS, 'SystemProductName', textData('virtual machine')],
  [CPU, 'Identifier', textData('Intel64 Family 6 Model 94 Stepping 3')],
  [CPU, 'VendorIdentifier', textData('GenuineIntel')],
  [CPU, 'ProcessorNameString', textData('iospace virtual processor')],
  [CPU, '~MHz', dwordData(1000)],
  [WINDOWS_NT, 'CurrentBuild', textData('19045')],
  [WINDOWS_NT, 'CurrentBuildNumber', textData('19045')],
  [WINDOWS_NT, 'CurrentMajorVersionNumber', dwordData(10)],
  [WINDOWS_NT, 'CurrentMinorVersionNumber', dwordData(0)],
  [WINDOWS_NT, 'CurrentType', textData('Multiprocessor Free')],
  [WINDOWS_NT, 'CurrentVersion', textData('6.3')],
  [WINDOWS_NT, 'DisplayVersion', textData('22H2')],
  [WINDOWS_NT, 'EditionID', textData('Professional')],
  [WINDOWS_NT, 'InstallationType', textData('Client')],
  [WINDOWS_NT, 'ProductName', textData('Windows 10 Pro')],
  [WINDOWS_NT, 'SystemRoot', textData('C:\\Windows')],
  [WINDOWS_NT, 'UBR', dwordData(2006)],
];

export function seedRegistry(store: Seeded, driverName: string): void {
  for (const path of KEYS) store.createKey(path);
  for (const [path, name, data] of VALUES) store.setValue(path, name, data);
  const set = store.createKey(`${SYSTEM}\\ControlSet001`);
  store.link(SYSTEM, 'CurrentControlSet', set);
  store.link(
    `${SYSTEM}\\ControlSet001\\Hardware Profiles`,
    'Current',
    store.createKey(`${SYSTEM}\\ControlSet001\\Hardware Profiles\\0001`),
  );
  const service = `${SERVICES}\\${driverName}`;
  const image = `\\SystemRoot\\System32\\drivers\\${driverName}.sys`;
  store.setValue(service, 'ImagePath', textData(image, REG.EXPAND_SZ));
  store.setValue(service, 'Type', dwordData(1));
  store.setValue(service, 'Start', dwordData(3));
  store.setValue(service, 'ErrorControl', dwordData(1));
  store.setValue(service, 'DisplayName', textData(driverName));
  store.createKey(`${service}\\Parameters`);
}
