/* host/subid.c: lines of /etc/subuid as people write them. */
#include "host/subid.h"

#include "base/str.h"

#include <criterion/criterion.h>

Test(subid, first_range_that_makes_sense)
{
	const struct {
		const char *text, *name;
		uint32_t start, count;
	} cases[] = {
		{ "ann:100000:65536\n", "ann", 100000, 65536 },
		{ "bob:1:2\nann:100000:65536", "ann", 100000, 65536 },
		{ "1000:300000:10\n", "ann", 300000, 10 },
		{ "1000:300000:10\n", NULL, 300000, 10 },
		{ "ann:5:6\nann:7:8\n", "ann", 5, 6 },
		{ "ann:x:6\nann:7:8\n", "ann", 7, 8 },
		{ "ann:7:0\n", "ann", 0, 0 },
		{ "ann\nann:\nann:1\nann:-1:4\nann:1:99999999999\n", "ann", 0, 0 },
		{ "", "ann", 0, 0 },
		{ "\n\n:::\n", "ann", 0, 0 },
	};
	own_arena a = arena_new();

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct id_range r = subid_find(arena_strdup(a, cases[i].text), cases[i].name, "1000");

		cr_expect_eq(r.start, cases[i].start, "case %zu", i);
		cr_expect_eq(r.count, cases[i].count, "case %zu", i);
	}
}
