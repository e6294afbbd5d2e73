/* Bump allocator over a list of chunks. */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 32 * 1024, ALIGN = 16 };

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(ALIGN) char data[];
};

struct arena {
	struct chunk *head;
};

static void *must(void *p)
{
	static const char message[] = "husk: out of memory\n";

	if (!p) {
		(void)!write(STDERR_FILENO, message, sizeof message - 1);
		_exit(1);
	}
	return p;
}

static struct chunk *chunk_new(size_t size)
{
	struct chunk *c = must(malloc(sizeof *c + size));

	c->next = NULL;
	c->used = 0;
	c->size = size;
	return c;
}

struct arena *arena_new(void)
{
	struct arena *a = must(malloc(sizeof *a));

	a->head = chunk_new(CHUNK);
	return a;
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t need = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);

	if (need < size)
		must(NULL);
	if (a->head->size - a->head->used < need) {
		struct chunk *c = chunk_new(need > CHUNK ? need : CHUNK);

		c->next = a->head;
		a->head = c;
	}
	void *p = a->head->data + a->head->used;
	a->head->used += need;
	return memset(p, 0, size);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		must(NULL);
	return arena_alloc(a, total);
}

void *arena_grow(struct arena *a, void *old, size_t *cap, size_t n, size_t size)
{
	if (n <= *cap)
		return old;
	size_t want = *cap ? *cap : 4;
	while (want < n)
		want *= 2;
	void *p = arena_array(a, want, size);
	if (*cap)
		memcpy(p, old, *cap * size);
	*cap = want;
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *p = arena_alloc(a, len + 1);

	memcpy(p, s, len);
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0)
		must(NULL);
	char *p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, format);
	vsnprintf(p, (size_t)n + 1, format, ap);
	va_end(ap);
	return p;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct chunk *c = a->head, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	free(a);
}
