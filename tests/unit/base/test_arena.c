/* The arena: aligned, zeroed, growing. */
#include "base/arena.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

Test(arena, blocks_are_aligned_zeroed_and_apart)
{
	own_arena a = arena_new();
	char *last = NULL;

	for (size_t size = 0; size < 300; size++) {
		char *p = arena_alloc(a, size);

		cr_assert_eq((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < size; i++)
			cr_assert_eq(p[i], 0);
		memset(p, 0xff, size);
		cr_assert(p != last || size <= 1);
		last = p;
	}
}

Test(arena, holds_blocks_larger_than_a_chunk)
{
	own_arena a = arena_new();
	char *small = arena_strdup(a, "small");
	char *big = arena_alloc(a, 1 << 20);

	memset(big, 1, 1 << 20);
	cr_expect_str_eq(arena_strdup(a, "after"), "after");
	cr_expect_str_eq(small, "small");
}

Test(arena, strings)
{
	own_arena a = arena_new();

	cr_expect_str_eq(arena_strndup(a, "abcdef", 3), "abc");
	cr_expect_str_eq(arena_strndup(a, "ab", 9), "ab");
	cr_expect_str_eq(arena_strndup(a, "ab", 0), "");
	cr_expect_str_eq(arena_printf(a, "%s-%d", "x", 42), "x-42");
}

Test(arena, grow_keeps_the_contents)
{
	own_arena a = arena_new();
	size_t cap = 0;
	int *v = NULL;

	for (size_t n = 0; n < 1000; n++) {
		v = arena_grow(a, v, &cap, n + 1, sizeof *v);
		cr_assert_geq(cap, n + 1);
		v[n] = (int)n;
	}
	for (size_t n = 0; n < 1000; n++)
		cr_assert_eq(v[n], (int)n);
	cr_expect_eq(arena_grow(a, v, &cap, 3, sizeof *v), v);
}

Test(arena, overflowing_size_ends_the_process, .exit_code = 1)
{
	own_arena a = arena_new();

	(void)arena_array(a, SIZE_MAX / 2, 3);
}

Test(arena, free_accepts_null)
{
	arena_free(NULL);
}
