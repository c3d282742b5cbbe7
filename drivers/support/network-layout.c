/* Holds wsk.h and netioapi.h to the x64 layouts of the WDK: compiled with every build, linked into nothing. */
#include <netioapi.h>
#include <wsk.h>

#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
#define OFFSET(type, member, at) _Static_assert(__builtin_offsetof(type, member) == (at), #type "." #member)

SIZE(WSK_CLIENT_DISPATCH, 16);
SIZE(WSK_CLIENT_NPI, 16);
SIZE(WSK_PROVIDER_NPI, 16);
SIZE(WSK_PROVIDER_DISPATCH, 56);
OFFSET(WSK_PROVIDER_DISPATCH, WskControlClient, 24);
SIZE(WSK_REGISTRATION, 24);
SIZE(WSK_TRANSPORT, 28);
OFFSET(WSK_TRANSPORT, AddressFamily, 8);
SIZE(MIB_NOTIFICATION_TYPE, 4);
