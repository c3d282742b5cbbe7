/** Symbolic links between object names: what makes \Device\Xxx reachable as \\.\Xxx. */
import { readUnicodeString } from '../../layout/nt.ts';
import { ptr } from '../../layout/struct.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { namespace } from '../ob/namespace.ts';
import { alias, type Service, service } from '../service.ts';

const IoCreateSymbolicLink = service({
  name: 'IoCreateSymbolicLink',
  doc: 'wdm/nf-wdm-iocreatesymboliclink',
  params: { SymbolicLinkName: ptr('UNICODE_STRING'), DeviceName: ptr('UNICODE_STRING') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run: (kernel, { SymbolicLinkName, DeviceName }) =>
    namespace(kernel).insert(readUnicodeString(kernel.mmu, SymbolicLinkName), {
      kind: 'link',
      target: readUnicodeString(kernel.mmu, DeviceName),
    }),
});

const IoDeleteSymbolicLink = service({
  name: 'IoDeleteSymbolicLink',
  doc: 'wdm/nf-wdm-iodeletesymboliclink',
  params: { SymbolicLinkName: ptr('UNICODE_STRING') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { SymbolicLinkName }) {
    const name = readUnicodeString(kernel.mmu, SymbolicLinkName);
    const named = namespace(kernel).entry(name);
    if (named === undefined) return STATUS.OBJECT_NAME_NOT_FOUND;
    if (named.kind !== 'link') return STATUS.OBJECT_TYPE_MISMATCH;
    namespace(kernel).remove(name);
    return STATUS.SUCCESS;
  },
});

export const linkServices: readonly Service[] = [
  IoCreateSymbolicLink,
  alias(
    'IoCreateUnprotectedSymbolicLink',
    IoCreateSymbolicLink,
    'wdm/nf-wdm-iocreateunprotectedsymboliclink',
  ),
  IoDeleteSymbolicLink,
];
