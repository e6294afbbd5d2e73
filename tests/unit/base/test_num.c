/* Strict integers: what is refused matters most. */
#include "base/num.h"

#include <criterion/criterion.h>
#include <limits.h>

Test(num, u64)
{
	uint64_t v = 7;
	static const char *const bad[] = { "",
					   " 1",
					   "1 ",
					   "+1",
					   "-1",
					   "0x1",
					   "1.0",
					   "1e1",
					   "18446744073709551616",
					   "99999999999999999999999",
					   "a" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_not(num_u64(bad[i], &v), "%s", bad[i]);
	cr_expect_not(num_u64(NULL, &v));
	cr_expect_eq(v, 7);
	cr_expect(num_u64("18446744073709551615", &v));
	cr_expect_eq(v, UINT64_MAX);
	cr_expect(num_u64("007", &v));
	cr_expect_eq(v, 7);
}

Test(num, i64)
{
	int64_t v = 7;

	cr_expect_not(num_i64("9223372036854775808", &v));
	cr_expect_not(num_i64("-9223372036854775809", &v));
	cr_expect_not(num_i64("--1", &v));
	cr_expect_not(num_i64("-", &v));
	cr_expect_not(num_i64(NULL, &v));
	cr_expect_eq(v, 7);
	cr_expect(num_i64("-9223372036854775808", &v));
	cr_expect_eq(v, INT64_MIN);
	cr_expect(num_i64("9223372036854775807", &v));
	cr_expect_eq(v, INT64_MAX);
	cr_expect(num_i64("-0", &v));
	cr_expect_eq(v, 0);
}

Test(num, narrow_ones)
{
	uint32_t u = 7;
	int i = 7;

	cr_expect_not(num_u32("4294967296", &u));
	cr_expect_not(num_id("4294967295", &u));
	cr_expect_not(num_int("2147483648", &i));
	cr_expect_not(num_int("-2147483649", &i));
	cr_expect_eq(u, 7);
	cr_expect_eq(i, 7);
	cr_expect(num_u32("4294967295", &u));
	cr_expect_eq(u, UINT32_MAX);
	cr_expect(num_id("4294967294", &u));
	cr_expect_eq(u, UINT32_MAX - 1);
	cr_expect(num_int("-2147483648", &i));
	cr_expect_eq(i, INT_MIN);
}
