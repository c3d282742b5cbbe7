/** Processor groups, nodes and indexes: there is one of each, with one processor. */
import { ptr, u16 } from '../../layout/struct.ts';
import { vaAdd } from '../../units/address.ts';
import { HIGH_LEVEL } from '../../units/irql.ts';
import { alias, type Service, service } from '../service.ts';
import { raiseIrql } from './irql-services.ts';

const INVALID_PROCESSOR_INDEX = 0xffff_ffff;

/** PROCESSOR_NUMBER: group, number, and a reserved byte. */
const KeGetProcessorIndexFromNumber = service({
  name: 'KeGetProcessorIndexFromNumber',
  doc: 'wdm/nf-wdm-kegetprocessorindexfromnumber',
  params: { ProcNumber: ptr('PROCESSOR_NUMBER') },
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run(kernel, { ProcNumber }) {
    const isFirst = kernel.mmu.u16(ProcNumber) === 0 && kernel.mmu.u8(vaAdd(ProcNumber, 2)) === 0;
    return isFirst ? 0 : INVALID_PROCESSOR_INDEX;
  },
});

const only = (name: string, value: number, doc = `wdm/nf-wdm-${name.toLowerCase()}`): Service =>
  service({ name, doc, params: {}, returns: 'u32', maxIrql: HIGH_LEVEL, run: () => value });

const KeQueryGroupAffinity = service({
  name: 'KeQueryGroupAffinity',
  doc: 'wdm/nf-wdm-kequerygroupaffinity',
  params: { GroupNumber: u16 },
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run: (_kernel, { GroupNumber }) => (GroupNumber === 0 ? 1n : 0n),
});

/** SYNCH_LEVEL of x64 (wdm.h). */
const SYNCH_LEVEL = 12;

const KeRaiseIrqlToSynchLevel = service({
  name: 'KeRaiseIrqlToSynchLevel',
  doc: 'wdm.h',
  params: {},
  returns: 'irql',
  maxIrql: SYNCH_LEVEL,
  run: (kernel) => raiseIrql(kernel, SYNCH_LEVEL),
});

const activeGroups = only('KeQueryActiveGroupCount', 1);

export const processorGroupServices: readonly Service[] = [
  KeGetProcessorIndexFromNumber,
  activeGroups,
  alias('KeQueryMaximumGroupCount', activeGroups, 'wdm/nf-wdm-kequerymaximumgroupcount'),
  only('KeQueryMaximumProcessorCount', 1),
  only('KeQueryHighestNodeNumber', 0),
  only('KeGetCurrentNodeNumber', 0),
  KeQueryGroupAffinity,
  KeRaiseIrqlToSynchLevel,
];
