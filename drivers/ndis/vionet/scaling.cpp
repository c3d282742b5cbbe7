/* Receive side scaling in software: the device has no hash of its own. */
#include "vionet.h"

#define IPV4_ADDRESSES 12
#define IPV4_ADDRESS_BYTES 8
#define PORT_BYTES 4

PAGE_CODE PNDIS_RECEIVE_SCALE_CAPABILITIES ReceiveScaling::Capabilities(ULONG Messages, ULONG Queues) {
  if (!Possible) return NULL;
  Offered.Header.Type = NDIS_OBJECT_TYPE_RSS_CAPABILITIES;
  Offered.Header.Revision = NDIS_RECEIVE_SCALE_CAPABILITIES_REVISION_2;
  Offered.Header.Size = NDIS_SIZEOF_RECEIVE_SCALE_CAPABILITIES_REVISION_2;
  Offered.CapabilitiesFlags = NDIS_RSS_CAPS_MESSAGE_SIGNALED_INTERRUPTS | NDIS_RSS_CAPS_SUPPORTS_MSI_X |
                              NDIS_RSS_CAPS_CLASSIFICATION_AT_DPC | NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV4 |
                              NdisHashFunctionToeplitz;
  if (Messages > 1) Offered.CapabilitiesFlags |= NDIS_RSS_CAPS_USING_MSI_X;
  Offered.NumberOfInterruptMessages = Messages;
  Offered.NumberOfReceiveQueues = Queues;
  Offered.NumberOfIndirectionTableEntries = SCALING_ENTRIES;
  return &Offered;
}

static BOOLEAN LiesWithin(ULONG Offset, ULONG Bytes, ULONG Length) {
  return Offset <= Length && Bytes <= Length - Offset;
}

/* Everything is looked at before anything changes. Called with the receive queues' frames going on. */
NDIS_STATUS ReceiveScaling::Set(const NDIS_RECEIVE_SCALE_PARAMETERS *Parameters, ULONG Length) {
  if (!Possible) return NDIS_STATUS_NOT_SUPPORTED;
  if (Length < NDIS_SIZEOF_RECEIVE_SCALE_PARAMETERS_REVISION_2) return NDIS_STATUS_INVALID_LENGTH;
  ULONG function = NDIS_RSS_HASH_FUNC_FROM_HASH_INFO(Parameters->HashInformation);
  BOOLEAN off = (Parameters->Flags & NDIS_RSS_PARAM_FLAG_DISABLE_RSS) != 0 ||
                (!(Parameters->Flags & NDIS_RSS_PARAM_FLAG_HASH_INFO_UNCHANGED) && Parameters->HashInformation == 0);
  if (off) {
    Disable();
    return NDIS_STATUS_SUCCESS;
  }
  BOOLEAN hash = !(Parameters->Flags & NDIS_RSS_PARAM_FLAG_HASH_INFO_UNCHANGED);
  BOOLEAN table = !(Parameters->Flags & NDIS_RSS_PARAM_FLAG_ITABLE_UNCHANGED);
  BOOLEAN key = !(Parameters->Flags & NDIS_RSS_PARAM_FLAG_HASH_KEY_UNCHANGED);
  ULONG entries = Parameters->IndirectionTableSize / sizeof(PROCESSOR_NUMBER);
  if (hash && function != NdisHashFunctionToeplitz) return NDIS_STATUS_NOT_SUPPORTED;
  if (table && (entries == 0 || entries > SCALING_ENTRIES || (entries & (entries - 1)) != 0 ||
                !LiesWithin(Parameters->IndirectionTableOffset, Parameters->IndirectionTableSize, Length))) {
    return NDIS_STATUS_INVALID_PARAMETER;
  }
  if (key && (Parameters->HashSecretKeySize > SCALING_KEY_BYTES ||
              !LiesWithin(Parameters->HashSecretKeyOffset, Parameters->HashSecretKeySize, Length))) {
    return NDIS_STATUS_INVALID_PARAMETER;
  }
  Disable();
  if (hash) HashInformation = Parameters->HashInformation;
  if (table) {
    NdisMoveMemory(Table, (PUCHAR)Parameters + Parameters->IndirectionTableOffset, entries * sizeof(PROCESSOR_NUMBER));
    Entries = entries;
  }
  if (key) {
    NdisZeroMemory(Key, sizeof(Key));
    NdisMoveMemory(Key, (PUCHAR)Parameters + Parameters->HashSecretKeyOffset, Parameters->HashSecretKeySize);
  }
  KeMemoryBarrier();
  Enabled = Entries != 0;
  Trace(TraceStates, "receive side scaling over %u entries, hash %x", Entries, HashInformation);
  return NDIS_STATUS_SUCCESS;
}

/* Toeplitz: each bit of the input that is set adds the 32 bits of the key that lie beneath it. */
ULONG ReceiveScaling::Hash(const UCHAR *Input, ULONG Length, ULONG Start) const {
  ULONG hash = 0;
  for (ULONG i = 0; i < Length; i++) {
    const UCHAR *key = Key + Start + i;
    ULONG64 window = (ULONG64)key[0] << 32 | (ULONG64)key[1] << 24 | key[2] << 16 | key[3] << 8 | key[4];
    for (ULONG bit = 0; bit < 8; bit++) {
      if (Input[i] & (0x80 >> bit)) hash ^= (ULONG)(window >> (8 - bit));
    }
  }
  return hash;
}

VOID ReceiveScaling::Mark(const UCHAR *Bytes, ULONG Length, PNET_BUFFER_LIST List) const {
  ULONG hash = 0, type = 0;
  FRAME frame;
  if (Enabled && frame.Parse(Bytes, Length)) {
    ULONG wanted = NDIS_RSS_HASH_TYPE_FROM_HASH_INFO(HashInformation);
    if (wanted & (NDIS_HASH_IPV4 | NDIS_HASH_TCP_IPV4)) {
      hash = Hash(Bytes + frame.Network + IPV4_ADDRESSES, IPV4_ADDRESS_BYTES, 0);
      type = NDIS_HASH_IPV4;
    }
    if ((wanted & NDIS_HASH_TCP_IPV4) && frame.Protocol == PROTOCOL_TCP && frame.Transport != 0) {
      hash ^= Hash(Bytes + frame.Transport, PORT_BYTES, IPV4_ADDRESS_BYTES);
      type = NDIS_HASH_TCP_IPV4;
    }
    if (!(wanted & type)) hash = type = 0;
  }
  NET_BUFFER_LIST_SET_HASH_VALUE(List, hash);
  NET_BUFFER_LIST_SET_HASH_INFORMATION(List, type == 0 ? 0 : type | NdisHashFunctionToeplitz);
}

/* At DISPATCH_LEVEL or above. */
GROUP_AFFINITY ReceiveScaling::TargetOf(ULONG Pair) const {
  GROUP_AFFINITY affinity = {};
  PROCESSOR_NUMBER processor = Enabled ? Table[Pair % Entries] : NdisCurrentGroupAndProcessor();
  affinity.Group = processor.Group;
  affinity.Mask = (KAFFINITY)1 << processor.Number;
  return affinity;
}
