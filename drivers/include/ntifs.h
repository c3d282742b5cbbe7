/* The same declarations under the file-system name; file-system services themselves are not declared. */
#pragma once

#include "ntddk.h"
