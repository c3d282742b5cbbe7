/** Where a documentation page is read: rules name pages by their path in Microsoft's documentation repositories. */

const SITE = 'https://learn.microsoft.com/windows-hardware/drivers';

/** Pages of functions, structures, enumerations and callbacks have a prefix that says so. */
const REFERENCE_PAGE = /\/n[a-z]-[^/]+$/;

export const pageAddress = (doc: string): string =>
  `${SITE}/${REFERENCE_PAGE.test(doc) ? 'ddi/' : ''}${doc}`;
