/* The word somebody may have meant. */
#pragma once

#include "base/arena.h"

#include <stddef.h>

/* Insertions, deletions, replacements and swaps of neighbours that turn one word into the other; case counts
 * nothing. Words longer than 64 bytes are far from everything. */
size_t suggest_distance(const char *a, const char *b);

/* The nearest of `names` that is near enough to be meant, NULL if there is none. */
const char *suggest_nearest(const char *word, const char *const *names, size_t n);

/* "did you mean X?", or "" when nothing is near. */
const char *suggest_hint(const char *word, const char *const *names, size_t n, struct arena *a);
