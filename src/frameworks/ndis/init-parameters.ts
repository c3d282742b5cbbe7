/** NDIS_MINIPORT_INIT_PARAMETERS with everything it points at, alive while MiniportInitializeEx runs. */
import { allocateForKernel, pool } from '../../kernel/ex/pool.ts';
import { configList } from '../../kernel/io/pnp/config-list.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { NULL, type Va } from '../../units/address.ts';
import type { Adapter } from './adapter.ts';
import { INIT_PARAMETERS, PCI_CUSTOM_PROPERTIES, PORT_AUTHENTICATION } from './layout.ts';
import { OBJECT, setHeader } from './object-header.ts';

/** Count, InterfaceType and BusNumber come before the partial list that NDIS_RESOURCE_LIST is. */
const FULL_HEADER_BYTES = 12;

/** NdisPortControlStateUncontrolled, NdisPortAuthorized. */
const UNCONTROLLED = 2;
const AUTHORIZED = 1;
/** IF_TYPE_ETHERNET_CSMACD in the upper 16 bits of a NET_LUID, the index below them. */
const ETHERNET_LUID = 6n << 48n;
const FIRST_INDEX = 2;
/** NDIS_MINIPORT_INIT_PARAMETERS.Flags: in driver verifier none are set. */
const DEVICE_TYPE_PCI_CONVENTIONAL = 0;
const INTERRUPT_LINE_BASED = 1;
const INTERRUPT_MSI = 2;

/**
 * The assigned resources as the bus names them (NDIS_RESOURCE_LIST): what NdisMMapIoSpace and
 * NdisMRegisterIoPortRange translate. Nothing for a device without any.
 */
export function resourceListOf(kernel: Kernel, { node }: Adapter): Va | undefined {
  const bytes = configList(node, 'raw')?.slice(FULL_HEADER_BYTES);
  if (bytes === undefined) return undefined;
  const at = allocateForKernel(kernel, bytes.length, 'NDrl');
  kernel.mmu.writeBytes(at, bytes);
  return at;
}

export function makeInitParameters(kernel: Kernel, adapter: Adapter) {
  const { mmu } = kernel;
  const resources = resourceListOf(kernel, adapter);
  const ports = portAuthentication(kernel);
  const properties = customProperties(kernel, adapter);
  const at = allocateForKernel(kernel, INIT_PARAMETERS.bytes, 'NDip');
  setHeader(kernel, at, OBJECT.MINIPORT_INIT_PARAMETERS, 1, INIT_PARAMETERS.bytes);
  const view = INIT_PARAMETERS.at(mmu, at);
  const index = FIRST_INDEX + adapter.node.instance;
  view.AllocatedResources = resources ?? NULL;
  view.MiniportAddDeviceContext = adapter.addDeviceContext;
  view.IfIndex = index;
  view.NetLuid = ETHERNET_LUID | (BigInt(index) << 24n);
  view.DefaultPortAuthStates = ports;
  view.PciDeviceCustomProperties = properties;
  return {
    at,
    free() {
      for (const block of [at, ports, properties]) pool(kernel).free(block);
      if (resources !== undefined) pool(kernel).free(resources);
    },
  };
}

function portAuthentication(kernel: Kernel): Va {
  const at = allocateForKernel(kernel, PORT_AUTHENTICATION.bytes, 'NDpa');
  setHeader(kernel, at, OBJECT.DEFAULT, 1, PORT_AUTHENTICATION.bytes);
  const view = PORT_AUTHENTICATION.at(kernel.mmu, at);
  view.SendControlState = UNCONTROLLED;
  view.RcvControlState = UNCONTROLLED;
  view.SendAuthorizationState = AUTHORIZED;
  view.RcvAuthorizationState = AUTHORIZED;
  return at;
}

function customProperties(kernel: Kernel, { node }: Adapter): Va {
  const at = allocateForKernel(kernel, PCI_CUSTOM_PROPERTIES.bytes, 'NDcp');
  setHeader(kernel, at, OBJECT.DEFAULT, 1, PCI_CUSTOM_PROPERTIES.bytes);
  const view = PCI_CUSTOM_PROPERTIES.at(kernel.mmu, at);
  const messages = node.fn.spec.msix?.messages ?? node.fn.spec.msi?.messages ?? 0;
  view.DeviceType = DEVICE_TYPE_PCI_CONVENTIONAL;
  view.InterruptType = node.messages > 0 ? INTERRUPT_MSI : INTERRUPT_LINE_BASED;
  view.MaxInterruptMessages = messages;
  return at;
}
