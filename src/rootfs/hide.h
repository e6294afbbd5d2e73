/* maskedPaths and readonlyPaths. */
#pragma once

#include "rootfs/rootfs.h"

/* Cover plan->masked and make plan->readonly_paths read-only. A path that does not exist is fine. */
int hide_paths(struct rootfs *r, struct err *e);
