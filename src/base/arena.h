/* Bump allocator: everything that lives as long as one command is allocated here and freed at once. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* Never return NULL: out of memory ends the process with one message (exit 1). */
struct arena *arena_new(void);
void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned to 16 */
void *arena_array(struct arena *a, size_t n, size_t size);
/* Grow an arena array from *cap to hold at least n elements; contents move. */
void *arena_grow(struct arena *a, void *old, size_t *cap, size_t n, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_free(struct arena *a); /* accepts NULL */

static inline void own_arena_done(struct arena **a)
{
	arena_free(*a);
}
#define own_arena    __attribute__((cleanup(own_arena_done))) struct arena *

#define NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
