/** Obligations of the contracts that have no rule of their own, each with the reason. */

export interface NotObservable {
  readonly id: string;
  readonly summary: string;
  readonly reason: string;
}

export const NOT_OBSERVABLE: readonly NotObservable[] = [
  {
    id: 'PHYS-PAGETABLE',
    summary: 'Mapping page tables and other special pages.',
    reason: 'No page states an obligation. RAM that nothing locks is WDM-MAP-LOCKED.',
  },
  {
    id: 'PHYS-RAM',
    summary: 'Ordinary RAM is mapped only when it is locked.',
    reason: 'The same fault as WDM-MAP-LOCKED, and reported under that id.',
  },
  {
    id: 'PHYS-USER-INPUT',
    summary: 'A caller does not choose the physical address.',
    reason: 'The same fault as WDM-MAP-USER-ADDR, and reported under that id.',
  },
  {
    id: 'WDM-EX-MATCH',
    summary: 'MmMapIoSpaceEx is preferred from Windows 10 on.',
    reason:
      'Advice on which function to call, depending on the systems a driver is built for: a property of its source. What it is for, mappings that cannot be executed, is WDM-MAP-NX.',
  },
];
