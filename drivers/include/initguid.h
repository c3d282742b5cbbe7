/* After this header DEFINE_GUID defines identifiers instead of declaring them. */
#pragma once

#include "wdm.h"
#undef DEFINE_GUID
#ifdef __cplusplus
#define KM_GUID extern "C"
#else
#define KM_GUID
#endif
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
  KM_GUID const GUID __declspec(selectany) name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
