/* Compiled filters on disk: the same profile is compiled once per machine and boot. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "confine/confine.h"

#include <stddef.h>

struct seccomp_key {
	const char *bytes;
	size_t len;
	char file[24]; /* name of the cache file: a hash of the bytes, which the file repeats in full */
};

/* Everything the filter depends on: the rules of the config as they stand, the versions of husk and
 * libseccomp. No name is resolved, so that a hit costs no more than reading the config did. */
void seccomp_key_make(const struct plan_seccomp *plan, struct arena *a, struct seccomp_key *ret);

/* true: code and len of *ret are filled. A file that is missing, damaged, not ours alone, or made from
 * another key is a miss. */
bool seccomp_cache_load(int cache_fd, const struct seccomp_key *key, struct arena *a,
			struct seccomp_filter *ret);

/* Replaces atomically, mode 0600. */
int seccomp_cache_store(int cache_fd, const struct seccomp_key *key, const struct seccomp_filter *f,
			struct err *e);
