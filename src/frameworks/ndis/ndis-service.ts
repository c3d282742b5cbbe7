/** Declares a service that ndis.sys exports; its page is found by its name unless said otherwise. */
import {
  type Params,
  type ServiceDeclaration,
  type ServiceOf,
  service,
} from '../../kernel/service.ts';
import { ptr } from '../../layout/struct.ts';
import { NDIS } from './constants.ts';

type Declaration<P extends Params> = Omit<ServiceDeclaration<P>, 'dll' | 'framework' | 'doc'> & {
  readonly doc?: string;
};

export const ndisService = <const P extends Params>(declaration: Declaration<P>): ServiceOf<P> =>
  service({
    doc: `ndis/nf-ndis-${declaration.name.toLowerCase()}`,
    ...declaration,
    dll: NDIS,
    framework: 'ndis',
  });

/** One of nblapi.h, which has pages of its own. */
export const bufferService = <const P extends Params>(declaration: Declaration<P>): ServiceOf<P> =>
  ndisService({ doc: `nblapi/nf-nblapi-${declaration.name.toLowerCase()}`, ...declaration });

/** NDIS_HANDLE. */
export const ndisHandle = ptr('NDIS');
