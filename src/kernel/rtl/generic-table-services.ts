/** RtlInitializeGenericTable, RtlInsertElementGenericTable and their kin, in both kinds. */
import { bool, ptr, u32 } from '../../layout/struct.ts';
import { NULL } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL, HIGH_LEVEL } from '../../units/irql.ts';
import { type Service, service } from '../service.ts';
import { AVL, genericTables, SPLAY, type TableKind } from './generic-table.ts';

interface Flavour {
  readonly suffix: string;
  readonly kind: TableKind;
}

const nameIn = (base: string, { suffix }: Flavour): { name: string; doc: string } => {
  const name = base + suffix;
  return { name, doc: `ntddk/nf-ntddk-${name.toLowerCase()}` };
};

const Table = ptr('RTL_GENERIC_TABLE');

const servicesOf = (flavour: Flavour): Service[] => [
  service({
    ...nameIn('RtlInitializeGenericTable', flavour),
    params: {
      Table,
      CompareRoutine: ptr(),
      AllocateRoutine: ptr(),
      FreeRoutine: ptr(),
      TableContext: ptr(),
    },
    returns: 'void',
    maxIrql: DISPATCH_LEVEL,
    run: (kernel, args) =>
      genericTables(kernel).initialise(args.Table, flavour.kind, [
        args.CompareRoutine,
        args.AllocateRoutine,
        args.FreeRoutine,
        args.TableContext,
      ]),
  }),
  service({
    ...nameIn('RtlInsertElementGenericTable', flavour),
    params: { Table, Buffer: ptr(), BufferSize: u32, NewElement: ptr('BOOLEAN') },
    returns: 'pointer',
    maxIrql: APC_LEVEL,
    mayFail: ['null'],
    *run(kernel, args) {
      const table = genericTables(kernel).at(args.Table);
      const { at, isNew } = yield* table.insert(args.Buffer, args.BufferSize);
      if (args.NewElement !== NULL) kernel.mmu.write(args.NewElement, 1, isNew ? 1n : 0n);
      return at;
    },
  }),
  service({
    ...nameIn('RtlDeleteElementGenericTable', flavour),
    params: { Table, Buffer: ptr() },
    returns: 'bool',
    run: (kernel, args) => genericTables(kernel).at(args.Table).remove(args.Buffer),
  }),
  service({
    ...nameIn('RtlLookupElementGenericTable', flavour),
    params: { Table, Buffer: ptr() },
    returns: 'pointer',
    ...(flavour.kind === AVL ? { maxIrql: APC_LEVEL } : {}),
    run: (kernel, args) => genericTables(kernel).at(args.Table).find(args.Buffer),
  }),
  service({
    ...nameIn('RtlEnumerateGenericTable', flavour),
    params: { Table, Restart: bool },
    returns: 'pointer',
    maxIrql: APC_LEVEL,
    run: (kernel, args) => genericTables(kernel).at(args.Table).next(args.Restart),
  }),
  service({
    ...nameIn('RtlEnumerateGenericTableWithoutSplaying', flavour),
    params: { Table, RestartKey: ptr('PVOID') },
    returns: 'pointer',
    run(kernel, args) {
      const { mmu } = kernel;
      const { at, key } = genericTables(kernel).at(args.Table).after(mmu.pointer(args.RestartKey));
      mmu.write(args.RestartKey, 8, key);
      return at;
    },
  }),
  service({
    ...nameIn('RtlGetElementGenericTable', flavour),
    params: { Table, I: u32 },
    returns: 'pointer',
    maxIrql: HIGH_LEVEL,
    run: (kernel, args) => genericTables(kernel).at(args.Table).byIndex(args.I),
  }),
  service({
    ...nameIn('RtlNumberGenericTableElements', flavour),
    params: { Table },
    returns: 'u32',
    maxIrql: APC_LEVEL,
    run: (kernel, args) => genericTables(kernel).at(args.Table).size,
  }),
  service({
    ...nameIn('RtlIsGenericTableEmpty', flavour),
    params: { Table },
    returns: 'bool',
    maxIrql: APC_LEVEL,
    run: (kernel, args) => genericTables(kernel).at(args.Table).size === 0,
  }),
];

export const genericTableServices: readonly Service[] = [
  ...servicesOf({ suffix: '', kind: SPLAY }),
  ...servicesOf({ suffix: 'Avl', kind: AVL }),
];
