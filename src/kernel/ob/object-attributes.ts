/** OBJECT_ATTRIBUTES: how every service that opens or creates something is told its name (ntdef.h). */
import { handle, ptr, struct, u32 } from '../../layout/struct.ts';

export const OBJECT_ATTRIBUTES = struct({
  name: 'OBJECT_ATTRIBUTES',
  size: { x64: 48, x86: 24 },
  fields: {
    Length: u32,
    RootDirectory: handle,
    ObjectName: ptr('UNICODE_STRING'),
    Attributes: u32,
    SecurityDescriptor: ptr(),
    SecurityQualityOfService: ptr(),
  },
});
