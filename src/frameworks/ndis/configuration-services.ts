/** NdisOpenConfigurationEx and what is read and written through its handles. */
import type { Kernel } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { registry } from '../../kernel/zw/registry.ts';
import { ndisParameterType } from '../../layout/named.ts';
import { readUnicodeString, UNICODE_STRING, utf16Bytes } from '../../layout/nt.ts';
import { out, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { APC_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import type { NtStatus } from '../../units/status.ts';
import {
  type Configuration,
  closeConfiguration,
  configurations,
  keyFor,
  lend,
  networkAddress,
  openKey,
  PARAMETER,
  type Parameter,
  readParameter,
  registryTypeOf,
} from './configuration.ts';
import { CONFIGURATION_OBJECT, CONFIGURATION_PARAMETER, PARAMETER_DATA } from './layout.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { HEADER, OBJECT } from './object-header.ts';

const OBJECT_BYTES = 20;

const NdisOpenConfigurationEx = ndisService({
  name: 'NdisOpenConfigurationEx',
  params: {
    ConfigObject: ptr('NDIS_CONFIGURATION_OBJECT'),
    ConfigurationHandle: ptr('NDIS_HANDLE'),
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES, NDIS_STATUS.FAILURE],
  run(kernel, { ConfigObject, ConfigurationHandle }) {
    const { Type, Size } = HEADER.at(kernel.mmu, ConfigObject);
    if (Type !== OBJECT.CONFIGURATION_OBJECT || Size < OBJECT_BYTES) {
      return NDIS_STATUS.INVALID_PARAMETER;
    }
    const { NdisHandle } = CONFIGURATION_OBJECT.at(kernel.mmu, ConfigObject);
    const key = keyFor(kernel, NdisHandle);
    if (key === undefined) return NDIS_STATUS.INVALID_PARAMETER;
    const handle = openKey(kernel, key);
    kernel.mmu.write(ConfigurationHandle, 8, handle ?? NULL);
    return handle === undefined ? NDIS_STATUS.RESOURCES : NDIS_STATUS.SUCCESS;
  },
});

const writeStatus = (kernel: Kernel, at: Va, status: NtStatus): void =>
  kernel.mmu.write(at, 4, BigInt(status));

const NdisOpenConfigurationKeyByName = ndisService({
  name: 'NdisOpenConfigurationKeyByName',
  params: {
    Status: ptr('NDIS_STATUS'),
    ConfigurationHandle: ndisHandle,
    SubKeyName: ptr('NDIS_STRING'),
    SubKeyHandle: ptr('NDIS_HANDLE'),
  },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run(kernel, { Status, ConfigurationHandle, SubKeyName, SubKeyHandle }) {
    const name = readUnicodeString(kernel.mmu, SubKeyName);
    const key = configurations(kernel).get(ConfigurationHandle)?.key.child(name);
    const handle = key === undefined ? undefined : openKey(kernel, key);
    kernel.mmu.write(SubKeyHandle, 8, handle ?? NULL);
    writeStatus(kernel, Status, handle === undefined ? NDIS_STATUS.FAILURE : NDIS_STATUS.SUCCESS);
  },
});

const NdisOpenConfigurationKeyByIndex = ndisService({
  name: 'NdisOpenConfigurationKeyByIndex',
  params: {
    Status: ptr('NDIS_STATUS'),
    ConfigurationHandle: ndisHandle,
    Index: u32,
    KeyName: out('NDIS_STRING'),
    KeyHandle: ptr('NDIS_HANDLE'),
  },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run(kernel, { Status, ConfigurationHandle, Index, KeyName, KeyHandle }) {
    const configuration = configurations(kernel).get(ConfigurationHandle);
    const key = configuration?.key.subkeys[Index];
    const handle = key === undefined ? undefined : openKey(kernel, key);
    kernel.mmu.write(KeyHandle, 8, handle ?? NULL);
    if (configuration === undefined || key === undefined || handle === undefined) {
      writeStatus(kernel, Status, NDIS_STATUS.FAILURE);
      return;
    }
    const name = utf16Bytes(`${key.name}\0`);
    const view = UNICODE_STRING.at(kernel.mmu, KeyName);
    view.Length = name.length - 2;
    view.MaximumLength = name.length;
    view.Buffer = lend(kernel, configuration, name) ?? NULL;
    writeStatus(kernel, Status, NDIS_STATUS.SUCCESS);
  },
});

/** The parameter structure, its data lent with it; NULL when RAM is used up. */
function lendParameter(kernel: Kernel, configuration: Configuration, parameter: Parameter): Va {
  const at = lend(kernel, configuration, new Uint8Array(CONFIGURATION_PARAMETER.bytes));
  if (at === undefined) return NULL;
  const view = CONFIGURATION_PARAMETER.at(kernel.mmu, at);
  view.ParameterType = parameter.type;
  if ('integer' in parameter) {
    kernel.mmu.write(vaAdd(at, PARAMETER_DATA), 4, BigInt(parameter.integer));
    return at;
  }
  const { type, data } = parameter;
  const buffer = lend(kernel, configuration, data);
  if (buffer === undefined) return NULL;
  // BINARY_DATA has its length and buffer where a counted string has them.
  const terminator = type === PARAMETER.STRING ? 2 : 0;
  view.StringData.Length = Math.max(0, data.length - terminator);
  view.StringData.MaximumLength = type === PARAMETER.BINARY ? 0 : data.length;
  view.StringData.Buffer = buffer;
  return at;
}

const NdisReadConfiguration = ndisService({
  name: 'NdisReadConfiguration',
  params: {
    Status: ptr('NDIS_STATUS'),
    ParameterValue: ptr('PNDIS_CONFIGURATION_PARAMETER'),
    ConfigurationHandle: ndisHandle,
    Keyword: ptr('NDIS_STRING'),
    ParameterType: ndisParameterType,
  },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { Status, ParameterValue, ConfigurationHandle, Keyword, ParameterType }) {
    const configuration = configurations(kernel).get(ConfigurationHandle);
    kernel.mmu.write(ParameterValue, 8, NULL);
    if (configuration === undefined) {
      tellMisuse(kernel, 'NdisReadConfiguration', 'wrong-handle');
      writeStatus(kernel, Status, NDIS_STATUS.FAILURE);
      return;
    }
    const keyword = readUnicodeString(kernel.mmu, Keyword);
    const parameter = readParameter(kernel, configuration, keyword, ParameterType);
    if (parameter === undefined) {
      writeStatus(kernel, Status, NDIS_STATUS.FAILURE);
      return;
    }
    const at = lendParameter(kernel, configuration, parameter);
    kernel.mmu.write(ParameterValue, 8, at);
    writeStatus(kernel, Status, at === NULL ? NDIS_STATUS.RESOURCES : NDIS_STATUS.SUCCESS);
  },
});

function dataOf(kernel: Kernel, at: Va): Uint8Array {
  const { ParameterType, StringData } = CONFIGURATION_PARAMETER.at(kernel.mmu, at);
  if (ParameterType <= PARAMETER.HEX_INTEGER) {
    return kernel.mmu.readBytes(vaAdd(at, PARAMETER_DATA), 4);
  }
  const data = kernel.mmu.readBytes(StringData.Buffer, StringData.Length);
  return ParameterType === PARAMETER.STRING ? Uint8Array.of(...data, 0, 0) : data;
}

const NdisWriteConfiguration = ndisService({
  name: 'NdisWriteConfiguration',
  params: {
    Status: ptr('NDIS_STATUS'),
    ConfigurationHandle: ndisHandle,
    Keyword: ptr('NDIS_STRING'),
    ParameterValue: ptr('NDIS_CONFIGURATION_PARAMETER'),
  },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { Status, ConfigurationHandle, Keyword, ParameterValue }) {
    const key = configurations(kernel).get(ConfigurationHandle)?.key;
    const { ParameterType } = CONFIGURATION_PARAMETER.at(kernel.mmu, ParameterValue);
    const type = registryTypeOf(ParameterType);
    if (key === undefined || type === undefined) {
      writeStatus(kernel, Status, NDIS_STATUS.NOT_SUPPORTED);
      return;
    }
    const name = readUnicodeString(kernel.mmu, Keyword);
    const data = dataOf(kernel, ParameterValue);
    const status = registry(kernel).store(key, { name, type, data });
    writeStatus(kernel, Status, status);
  },
});

const NdisReadNetworkAddress = ndisService({
  name: 'NdisReadNetworkAddress',
  params: {
    Status: ptr('NDIS_STATUS'),
    NetworkAddress: ptr('PVOID'),
    NetworkAddressLength: ptr('UINT'),
    ConfigurationHandle: ndisHandle,
  },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { Status, NetworkAddress, NetworkAddressLength, ConfigurationHandle }) {
    const configuration = configurations(kernel).get(ConfigurationHandle);
    const address = configuration === undefined ? undefined : networkAddress(configuration);
    const at =
      configuration === undefined || address === undefined
        ? undefined
        : lend(kernel, configuration, address);
    kernel.mmu.write(NetworkAddress, 8, at ?? NULL);
    kernel.mmu.write(
      NetworkAddressLength,
      4,
      BigInt(at === undefined ? 0 : (address?.length ?? 0)),
    );
    writeStatus(kernel, Status, at === undefined ? NDIS_STATUS.FAILURE : NDIS_STATUS.SUCCESS);
  },
});

const NdisCloseConfiguration = ndisService({
  name: 'NdisCloseConfiguration',
  params: { ConfigurationHandle: ndisHandle },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { ConfigurationHandle }) {
    if (!closeConfiguration(kernel, ConfigurationHandle)) {
      tellMisuse(kernel, 'NdisCloseConfiguration', 'wrong-handle');
    }
  },
});

export const configurationServices: readonly Service[] = [
  NdisOpenConfigurationEx,
  NdisOpenConfigurationKeyByName,
  NdisOpenConfigurationKeyByIndex,
  NdisReadConfiguration,
  NdisWriteConfiguration,
  NdisReadNetworkAddress,
  NdisCloseConfiguration,
];
