/*
 * The one place where a path from a config or an image meets the file system.
 *
 * Every function resolves `cpath` inside the directory `root_fd` as if that were "/": symlinks and ".." stay
 * inside, magic links are refused. openat2(RESOLVE_IN_ROOT) where the kernel has it (5.6), else a component
 * walk with O_PATH and O_NOFOLLOW. What comes back is a descriptor, never a path. EAGAIN (a rename raced us)
 * is retried, bounded. Errors: -errno, worded "open /cpath: ...", or "create /cpath: ..." where it may be
 * made.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

/* Open what exists. `flags` as for open(); O_CLOEXEC is added. O_PATH|O_NOFOLLOW opens a symlink itself. */
int beneath_open(int root_fd, const char *cpath, int flags, struct err *e);

/*
 * The directory cpath, made where missing with `mode`, its parents with 0755, less the caller's umask: the
 * child lane runs with umask 022 or 0. A dangling symlink on the way is followed inside the root and made
 * too. Returns an O_PATH|O_DIRECTORY fd.
 */
int beneath_mkdir(int root_fd, const char *cpath, mode_t mode, struct err *e);

/*
 * The directory that holds cpath's last component, made where missing (`create`), and that component's name
 * in *ret_name (malloc'd; never "", "." or ".." — those are EINVAL). For mknodat, symlinkat, unlinkat
 * relative to the descriptor.
 */
int beneath_parent(int root_fd, const char *cpath, bool create, char **ret_name, struct err *e);

/*
 * A mount target: cpath as an O_PATH descriptor, made when missing: a directory if `directory`, else an empty
 * file. `nofollow`: a symlink as last component is opened itself. What it finds of the wrong type is ENOTDIR
 * / EISDIR.
 */
int beneath_target(int root_fd, const char *cpath, bool directory, bool nofollow, struct err *e);

/* Set by tests and by the fallback matrix through a real ENOSYS; nothing else looks at it. */
bool beneath_have_openat2(void);
