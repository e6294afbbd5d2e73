/* A scratch rootfs in a mount namespace of its own, in a forked child, with facts to check. */
#pragma once

#include "rootfs/rootfs.h"

#include <stdbool.h>
#include <stdint.h>

/* What a test body works on. The plan has a private root and no mounts; `dir` is a tmpfs with rootfs/ in it.
 */
struct tree {
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
void tree_run(void (*body)(struct tree *t), bool old_kernel);

void tree_fail(const char *file, int line, const char *what, const char *format, ...)
	__attribute__((format(printf, 4, 5), noreturn));
#define CHECK(cond, ...) \
	do { \
		if (!(cond)) \
			tree_fail(__FILE__, __LINE__, #cond, " " __VA_ARGS__); \
	} while (0)

/* Paths are made by printf into a static buffer ring. */
const char *tree_path(const char *format, ...) __attribute__((format(printf, 1, 2)));
void tree_mkdir(const char *path);
void tree_file(const char *path, const char *text, unsigned mode);
bool tree_has(const char *path, const char *text);     /* the file's content is exactly text */
bool tree_exists(const char *path);                    /* lstat */
long tree_flags(const char *path);                     /* ST_* of statvfs */
bool tree_mounted(const char *path, const char *word); /* a line of mountinfo at path has ` word` in it */

/* From here on in a copy of the mount namespace; what was set up so far is the host's, and stays alive. */
void tree_leave_host(void);

/* rootfs_build (and rootfs_enter), which must succeed; or rootfs_build's error text. */
void tree_build(struct tree *t);
void tree_enter(struct tree *t);
const char *tree_refused(struct tree *t);
