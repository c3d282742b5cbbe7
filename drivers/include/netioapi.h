/* What a driver sees of the IP helper in netio.sys: notification of changed interfaces. */
#pragma once

#include <ndis.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef USHORT ADDRESS_FAMILY;
#define AF_UNSPEC 0
#define AF_INET 2
#define AF_INET6 23

typedef enum _MIB_NOTIFICATION_TYPE {
  MibParameterNotification,
  MibAddInstance,
  MibDeleteInstance,
  MibInitialNotification,
} MIB_NOTIFICATION_TYPE;

typedef struct _MIB_IPINTERFACE_ROW MIB_IPINTERFACE_ROW, *PMIB_IPINTERFACE_ROW;

typedef VOID(NTAPI *PIPINTERFACE_CHANGE_CALLBACK)(PVOID CallerContext, PMIB_IPINTERFACE_ROW Row,
                                                  MIB_NOTIFICATION_TYPE NotificationType);

__declspec(dllimport) NTSTATUS NTAPI NotifyIpInterfaceChange(ADDRESS_FAMILY Family,
                                                             PIPINTERFACE_CHANGE_CALLBACK Callback,
                                                             PVOID CallerContext, BOOLEAN InitialNotification,
                                                             PHANDLE NotificationHandle);
__declspec(dllimport) NTSTATUS NTAPI CancelMibChangeNotify2(HANDLE NotificationHandle);

#ifdef __cplusplus
}
#endif
