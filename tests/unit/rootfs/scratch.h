/* A scratch rootfs in a mount namespace of its own, in a forked child, with facts to check. */
#pragma once

#include "rootfs/rootfs.h"

#include <stdbool.h>
#include <stdint.h>

/* What a test body works on. The plan has a private root and no mounts; `dir` is a tmpfs with rootfs/ in it.
 */
struct scratch {
	char dir[64];
	char root[80];
	struct plan_rootfs plan;
	struct host host;
	struct rootfs r;
	struct err e;
};

/*
 * Run body(t) in a child with a new mount namespace. A failed CHECK ends the child, and the test fails with
 * its text. `old_kernel`: the mount API answers ENOSYS there. Not root: the test is skipped.
 */
void scratch_run(void (*body)(struct scratch *t), bool old_kernel);

void scratch_fail(const char *file, int line, const char *what, const char *format, ...)
	__attribute__((format(printf, 4, 5), noreturn));
#define CHECK(cond, ...) \
	do { \
		if (!(cond)) \
			scratch_fail(__FILE__, __LINE__, #cond, " " __VA_ARGS__); \
	} while (0)

/* Paths are made by printf into a static buffer ring. */
const char *scratch_path(const char *format, ...) __attribute__((format(printf, 1, 2)));
void scratch_mkdir(const char *path);
void scratch_file(const char *path, const char *text, unsigned mode);
bool scratch_has(const char *path, const char *text);     /* the file's content is exactly text */
bool scratch_exists(const char *path);                    /* lstat */
long scratch_flags(const char *path);                     /* ST_* of statvfs */
bool scratch_mounted(const char *path, const char *word); /* a line of mountinfo at path has ` word` in it */

/* From here on in a copy of the mount namespace; what was set up so far is the host's, and stays alive. */
void tree_leave_host(void);

/* The same, as root of a new user namespace that maps id 0 alone. */
void tree_enter_userns(void);

/* rootfs_build (and rootfs_enter), which must succeed; or rootfs_build's error text. */
void scratch_build(struct scratch *t);
void scratch_enter(struct scratch *t);
const char *scratch_refused(struct scratch *t);
