/** NDIS_MINIPORT_INIT_PARAMETERS with everything it points at, alive while MiniportInitializeEx runs. */
import { allocateForKernel, pool } from '../../kernel/ex/pool.ts';
import { configList } from '../../kernel/io/pnp/config-list.ts';
import type { DeviceNode } from '../../kernel/io/pnp/nodes.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { NULL, type Va } from '../../units/address.ts';
import type { Adapter } from './adapter.ts';
import { interfaceType, netLuid } from './interface-type.ts';
import { INIT_PARAMETERS, PCI_CUSTOM_PROPERTIES, PORT_AUTHENTICATION } from './layout.ts';
import { OBJECT, setHeader } from './object-header.ts';

/** Count, InterfaceType and BusNumber come before the partial list that NDIS_RESOURCE_LIST is. */
const FULL_HEADER_BYTES = 12;

/** NdisPortControlStateUncontrolled, NdisPortAuthorized. */
const UNCONTROLLED = 2;
const AUTHORIZED = 1;
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

/** NET_IFINDEX. */
export const interfaceIndex = ({ node }: Adapter): number => FIRST_INDEX + node.instance;

export function makeInitParameters(kernel: Kernel, adapter: Adapter) {
  const { mmu } = kernel;
  const resources = resourceListOf(kernel, adapter);
  const ports = portAuthentication(kernel);
  const properties = customProperties(kernel, adapter.node);
  const at = allocateForKernel(kernel, INIT_PARAMETERS.bytes, 'NDip');
  setHeader(kernel, at, OBJECT.MINIPORT_INIT_PARAMETERS, 1, INIT_PARAMETERS.bytes);
  const view = INIT_PARAMETERS.at(mmu, at);
  const index = interfaceIndex(adapter);
  view.AllocatedResources = resources ?? NULL;
  view.MiniportAddDeviceContext = adapter.addDeviceContext;
  view.IfIndex = index;
  view.NetLuid = netLuid(interfaceType(kernel, adapter), index);
  view.DefaultPortAuthStates = ports;
  view.PciDeviceCustomProperties = properties ?? NULL;
  return {
    at,
    free() {
      for (const block of [at, ports, properties, resources]) {
        if (block !== undefined) pool(kernel).free(block);
      }
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

/** Only a PCI device has them. */
function customProperties(kernel: Kernel, { fn, messages }: DeviceNode): Va | undefined {
  if (fn === undefined) return undefined;
  const at = allocateForKernel(kernel, PCI_CUSTOM_PROPERTIES.bytes, 'NDcp');
  setHeader(kernel, at, OBJECT.DEFAULT, 1, PCI_CUSTOM_PROPERTIES.bytes);
  const view = PCI_CUSTOM_PROPERTIES.at(kernel.mmu, at);
  view.DeviceType = DEVICE_TYPE_PCI_CONVENTIONAL;
  view.InterruptType = messages > 0 ? INTERRUPT_MSI : INTERRUPT_LINE_BASED;
  view.MaxInterruptMessages = fn.spec.msix?.messages ?? fn.spec.msi?.messages ?? 0;
  return at;
}
