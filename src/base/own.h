/* Ownership in declarations: a variable that says it owns its value releases it at the end of its scope. */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FD_NONE (-EBADF) /* the empty descriptor */

static inline void own_fd_done(int *fd)
{
	if (*fd >= 0) {
		int saved = errno;
		(void)close(*fd);
		errno = saved;
	}
	*fd = FD_NONE;
}

static inline void own_mem_done(void *p)
{
	free(*(void **)p);
}

static inline void own_dir_done(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

#define OWN(done) __attribute__((cleanup(done)))

#define own_fd    OWN(own_fd_done) int     /* own_fd fd = open(...);  empty: FD_NONE */
#define own_str   OWN(own_mem_done) char * /* malloc'd string */
#define own_dir   OWN(own_dir_done) DIR *

/* Move a value out of its owner and leave the owner empty. */
#define TAKE_FD(fd) \
	({ \
		int take_ = (fd); \
		(fd) = FD_NONE; \
		take_; \
	})
#define TAKE_PTR(p) \
	({ \
		__typeof__(p) take_ = (p); \
		(p) = NULL; \
		take_; \
	})
