/* Every header as C++ sees it; compiled for each generation of NDIS, never linked. */
#include <initguid.h>
#include <wdmguid.h>
#include <ntifs.h>
#include <ntstrsafe.h>
#include <ndis.h>
#include <netioapi.h>
#include <wsk.h>
#include <bcrypt.h>
#include <fltkernel.h>
