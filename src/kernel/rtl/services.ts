/** Every Rtl service, the C runtime and the debug prints. */
import type { Service } from '../service.ts';
import { aclServices } from './acl.ts';
import { ansiStringServices } from './ansi-string.ts';
import { bitmapServices } from './bitmap.ts';
import { convertServices } from './convert.ts';
import { crtNumberServices } from './crt-number.ts';
import { crtPrintServices } from './crt-print.ts';
import { crtScanServices } from './crt-scan.ts';
import { crtSecureServices } from './crt-secure.ts';
import { crtSortServices } from './crt-sort.ts';
import { crtStringServices } from './crt-string.ts';
import { crtSupportServices } from './crt-support.ts';
import { debugPrintServices } from './debug-print.ts';
import { dosErrorServices } from './dos-error.ts';
import { genericTableServices } from './generic-table-services.ts';
import { imageServices } from './image.ts';
import { integerStringServices } from './integer-string.ts';
import { ipv6StringServices } from './ipv6-string.ts';
import { memoryServices } from './memory.ts';
import { randomServices } from './random.ts';
import { rtlRegistryServices } from './registry.ts';
import { resourceDescriptorServices } from './resource-descriptor.ts';
import { runOnceServices } from './run-once.ts';
import { securityDescriptorServices } from './security-descriptor.ts';
import { timeServices } from './time.ts';
import { unicodeStringServices } from './unicode-string.ts';
import { versionServices } from './version.ts';

export const rtlServices: readonly Service[] = [
  ...memoryServices,
  ...crtStringServices,
  ...crtScanServices,
  ...crtSecureServices,
  ...crtPrintServices,
  ...crtNumberServices,
  ...crtSortServices,
  ...crtSupportServices,
  ...unicodeStringServices,
  ...ansiStringServices,
  ...convertServices,
  ...integerStringServices,
  ...ipv6StringServices,
  ...debugPrintServices,
  ...versionServices,
  ...bitmapServices,
  ...timeServices,
  ...resourceDescriptorServices,
  ...rtlRegistryServices,
  ...genericTableServices,
  ...runOnceServices,
  ...randomServices,
  ...imageServices,
  ...dosErrorServices,
  ...aclServices,
  ...securityDescriptorServices,
];
