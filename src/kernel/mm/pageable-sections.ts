/** Locking pageable code and data of an image: nothing is ever paged out here, but the calls have to pair. */
import { ptr } from '../../layout/struct.ts';
import { hexVa, type Va, vaAdd } from '../../units/address.ts';
import { APC_LEVEL } from '../../units/irql.ts';
import { bugCheck } from '../end.ts';
import { type Module, modules } from '../ke/modules.ts';
import { type Kernel, part } from '../kernel.ts';
import { alias, service } from '../service.ts';

const MEMORY_MANAGEMENT = 0x1a;
/** Parameter 1 of MEMORY_MANAGEMENT: a section is unlocked that is not locked. */
const NOT_LOCKED = 0x1010n;

/** How often each section is locked, by the section's address, which is its handle too. */
const locks = part(() => new Map<Va, number>());

/** First byte of the section that the address lies in; the image itself for its headers. */
function sectionAt({ base, image }: Module, at: Va): Va {
  const offset = Number(at - base);
  const section = image.sections.find(
    ({ rva: start, virtualSize }) => offset >= start && offset < start + virtualSize,
  );
  return vaAdd(base, section?.rva ?? 0);
}

function moduleAt(kernel: Kernel, at: Va, name: string): Module {
  const module = modules(kernel).at(at);
  if (module !== undefined) return module;
  return bugCheck(
    MEMORY_MANAGEMENT,
    [NOT_LOCKED, at],
    `${name} of ${hexVa(at)}, outside every image`,
  );
}

function lock(kernel: Kernel, section: Va): void {
  locks(kernel).set(section, (locks(kernel).get(section) ?? 0) + 1);
}

const MmLockPagableDataSection = service({
  name: 'MmLockPagableDataSection',
  doc: 'wdm/nf-wdm-mmlockpagabledatasection',
  params: { AddressWithinSection: ptr() },
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  run(kernel, { AddressWithinSection: at }) {
    const section = sectionAt(moduleAt(kernel, at, 'MmLockPagableDataSection'), at);
    lock(kernel, section);
    return section;
  },
});

const MmLockPagableSectionByHandle = service({
  name: 'MmLockPagableSectionByHandle',
  doc: 'ntddk/nf-ntddk-mmlockpagablesectionbyhandle',
  params: { ImageSectionHandle: ptr() },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, { ImageSectionHandle }) => lock(kernel, ImageSectionHandle),
});

const MmUnlockPagableImageSection = service({
  name: 'MmUnlockPagableImageSection',
  doc: 'wdm/nf-wdm-mmunlockpagableimagesection',
  params: { ImageSectionHandle: ptr() },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run(kernel, { ImageSectionHandle: section }) {
    const count = locks(kernel).get(section) ?? 0;
    if (count === 0) {
      bugCheck(MEMORY_MANAGEMENT, [NOT_LOCKED, section], 'the section is not locked');
    }
    locks(kernel).set(section, count - 1);
  },
});

const MmPageEntireDriver = service({
  name: 'MmPageEntireDriver',
  doc: 'wdm/nf-wdm-mmpageentiredriver',
  params: { AddressWithinSection: ptr() },
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  run: (kernel, { AddressWithinSection: at }) => moduleAt(kernel, at, 'MmPageEntireDriver').base,
});

const MmResetDriverPaging = service({
  name: 'MmResetDriverPaging',
  doc: 'wdm/nf-wdm-mmresetdriverpaging',
  params: { AddressWithinSection: ptr() },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run(kernel, { AddressWithinSection: at }) {
    moduleAt(kernel, at, 'MmResetDriverPaging');
  },
});

export const pageableSectionServices = [
  MmLockPagableDataSection,
  {
    ...alias('MmLockPagableCodeSection', MmLockPagableDataSection),
    doc: 'wdm/nf-wdm-mmlockpagablecodesection',
  },
  MmLockPagableSectionByHandle,
  MmUnlockPagableImageSection,
  MmPageEntireDriver,
  MmResetDriverPaging,
];
