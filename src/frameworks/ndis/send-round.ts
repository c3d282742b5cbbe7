/** Frames to send together, and in which shape and at which level the miniport gets them. */

export interface SendRound {
  /** Each inner array goes in one NET_BUFFER_LIST (NDIS 5: one packet each). */
  readonly lists: readonly (readonly Uint8Array[])[];
  /**
   * How a frame lies in memory: in one MDL; its Ethernet header in an MDL of its own; at an offset
   * within the first MDL, as behind headers that were removed.
   */
  readonly shape: 'one-mdl' | 'two-mdls' | 'offset';
  /** EtherType, where the medium has no header that says it (NetBufferListFrameType). */
  readonly frameType?: number;
  /** What every list says beside its frames: slots of NetBufferListInfo and their values. */
  readonly info?: ReadonlyMap<number, number>;
  /** The call is made at DISPATCH_LEVEL, and says so. */
  readonly atDispatch: boolean;
}
