/**
 * Extended processor state: x87 and SSE are enabled, and nothing later, as CPUID and XCR0 say. What these
 * hold needs no saving on x64 ("Using Floating Point in a WDM Driver").
 */
import { ptr, struct, u8, u32, u64 } from '../../layout/struct.ts';
import { vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { bugCheck } from '../end.ts';
import { type Service, service } from '../service.ts';

const XSTATE_CONTEXT = struct({
  name: 'XSTATE_CONTEXT',
  size: { x64: 32 },
  fields: { Mask: u64, Length: u32, Reserved1: u32, Area: ptr('XSAVE_AREA'), Buffer: ptr() },
});

const XSTATE_SAVE = struct({
  name: 'XSTATE_SAVE',
  size: { x64: 56 },
  fields: {
    Prev: ptr('XSTATE_SAVE'),
    Thread: ptr('KTHREAD'),
    Level: u8,
    XStateContext: XSTATE_CONTEXT,
  },
});

/** XSTATE_MASK_LEGACY, x87 and SSE: KUSER_SHARED_DATA.XState.EnabledFeatures. */
export const ENABLED_FEATURES = 0x3n;
/** KF_XSTATE of KeFeatureBits. */
const KF_XSTATE = 0x80_0000n;
const INVALID_EXTENDED_PROCESSOR_STATE = 0x131;

const RtlGetEnabledExtendedFeatures = service({
  name: 'RtlGetEnabledExtendedFeatures',
  doc: 'ntddk/nf-ntddk-rtlgetenabledextendedfeatures',
  params: { FeatureMask: u64 },
  returns: 'u64',
  maxIrql: PASSIVE_LEVEL,
  run: (_kernel, { FeatureMask }) => FeatureMask & ENABLED_FEATURES,
});

/** A feature that is not enabled stops the machine, as on Windows. */
const KeSaveExtendedProcessorState = service({
  name: 'KeSaveExtendedProcessorState',
  doc: 'wdm/nf-wdm-kesaveextendedprocessorstate',
  params: { Mask: u64, XStateSave: ptr('XSTATE_SAVE') },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, { Mask, XStateSave }) {
    if ((Mask & ~ENABLED_FEATURES) !== 0n) {
      const halves = [Mask & 0xffff_ffffn, Mask >> 32n];
      bugCheck(
        INVALID_EXTENDED_PROCESSOR_STATE,
        [0n, KF_XSTATE, ...halves],
        'a state is to be saved that the processor does not have',
      );
    }
    const view = XSTATE_SAVE.at(kernel.mmu, XStateSave);
    view.Thread = kernel.scheduler.currentThread;
    view.Level = kernel.irql;
    const context = vaAdd(XStateSave, XSTATE_SAVE.offsetOf('XStateContext'));
    XSTATE_CONTEXT.at(kernel.mmu, context).Mask = 0n;
    return STATUS.SUCCESS;
  },
});

/** Gives back what was saved, which is nothing. */
const KeRestoreExtendedProcessorState = service({
  name: 'KeRestoreExtendedProcessorState',
  doc: 'wdm/nf-wdm-kerestoreextendedprocessorstate',
  params: { XStateSave: ptr('XSTATE_SAVE') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: () => {},
});

export const extendedStateServices: readonly Service[] = [
  RtlGetEnabledExtendedFeatures,
  KeSaveExtendedProcessorState,
  KeRestoreExtendedProcessorState,
];
