/* Name tables in both directions. */
#include "base/names.h"

#include <criterion/criterion.h>

static const struct name table[] = { { "one", 1 }, { "uno", 1 }, { "two", -2 }, { NULL, 0 } };

Test(names, both_directions)
{
	int64_t v = 7;

	cr_expect(names_value(table, "two", &v));
	cr_expect_eq(v, -2);
	cr_expect_not(names_value(table, "TWO", &v));
	cr_expect_not(names_value(table, "", &v));
	cr_expect_eq(v, -2);
	cr_expect(names_value_nocase(table, "UNO", &v));
	cr_expect_eq(v, 1);
	cr_expect_not(names_value_nocase(table, "x", &v));
	cr_expect_str_eq(names_name(table, 1), "one");
	cr_expect_null(names_name(table, 0));
}
