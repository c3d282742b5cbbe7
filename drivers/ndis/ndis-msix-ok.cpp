// Points the entries of its card's MSI-X table at their messages anew, masked meanwhile, and masks them when it ends.
// expect: clean
#include "vionet/vionet.h"

static NDIS_STATUS Configure(NDIS_HANDLE Miniport, NDIS_MSIX_TABLE_OPERATION Operation, ULONG Entry) {
  NDIS_MSIX_CONFIG_PARAMETERS parameters = {};
  parameters.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  parameters.Header.Revision = NDIS_MSIX_CONFIG_PARAMETERS_REVISION_1;
  parameters.Header.Size = NDIS_SIZEOF_MSIX_CONFIG_PARAMETERS_REVISION_1;
  parameters.ConfigOperation = Operation;
  parameters.TableEntry = Entry;
  parameters.MessageNumber = Entry;
  return NdisMConfigMSIXTableEntry(Miniport, &parameters);
}

PAGE_CODE static NDIS_STATUS ConfigureAll(NDIS_HANDLE Miniport) {
  NDIS_STATUS status = NDIS_STATUS_SUCCESS;
  ULONG entry = 0;
  while ((status = Configure(Miniport, NdisMSIXTableConfigMaskTableEntry, entry)) == NDIS_STATUS_SUCCESS) {
    status = Configure(Miniport, NdisMSIXTableConfigSetTableEntry, entry);
    if (status == NDIS_STATUS_SUCCESS) status = Configure(Miniport, NdisMSIXTableConfigUnmaskTableEntry, entry);
    if (status != NDIS_STATUS_SUCCESS) return status;
    entry++;
  }
  return entry == 0 ? status : NDIS_STATUS_SUCCESS; /* the table has an end */
}

PAGE_CODE static NDIS_STATUS InitializeMessages(NDIS_HANDLE Miniport, NDIS_HANDLE DriverContext,
                                                PNDIS_MINIPORT_INIT_PARAMETERS Parameters) {
  NDIS_STATUS status = Adapter::InitializeEx(Miniport, DriverContext, Parameters);
  if (status == NDIS_STATUS_SUCCESS && ConfigureAll(Miniport) != NDIS_STATUS_SUCCESS) {
    NdisWriteErrorLogEntry(Miniport, NDIS_ERROR_CODE_INTERRUPT_CONNECT, 0);
  }
  return status;
}

PAGE_CODE static VOID MaskAndHalt(NDIS_HANDLE Context, NDIS_HALT_ACTION Action) {
  NDIS_HANDLE miniport = ((Adapter *)Context)->Handle();
  if (((Adapter *)Context)->IsPresent()) {
    for (ULONG i = 0; Configure(miniport, NdisMSIXTableConfigMaskTableEntry, i) == NDIS_STATUS_SUCCESS; i++) continue;
  }
  Adapter::HaltEx(Context, Action);
}

#define VIONET_INITIALIZE InitializeMessages
#define VIONET_HALT MaskAndHalt
#include "vionet.cpp"
