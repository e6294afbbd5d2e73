/* tmpcopyup: a new tmpfs starts with what was there before. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

/* Copy the content of directory `from` (O_RDONLY) below directory `to` (O_PATH is enough), with modes, owners
 * and times; `to` itself gets them too unless `keep_root`. Does not leave from's file system. */
int tmpcopyup_fill(int from_fd, int to_fd, bool keep_root, struct err *e);
