/* What kernel and libc headers older than the calls we make leave out. Numbers are the same on every
 * architecture. */
#pragma once

#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20
#endif
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000U
#endif
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000U
#endif

/* clone3(2). Our own names: <linux/sched.h> may lack the later fields, or the struct. */
struct sys_clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	uint64_t set_tid, set_tid_size; /* 5.5 */
	uint64_t cgroup;                /* 5.7 */
};

#define SYS_CLONE_ARGS_V0     64 /* Linux 5.3 */
#define SYS_CLONE_PIDFD       0x1000ULL
#define SYS_CLONE_INTO_CGROUP 0x200000000ULL

/* openat2(2), Linux 5.6 */
struct sys_open_how {
	uint64_t flags, mode, resolve;
};

#define SYS_RESOLVE_NO_XDEV       0x01
#define SYS_RESOLVE_NO_MAGICLINKS 0x02
#define SYS_RESOLVE_NO_SYMLINKS   0x04
#define SYS_RESOLVE_BENEATH       0x08
#define SYS_RESOLVE_IN_ROOT       0x10
