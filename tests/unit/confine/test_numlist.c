/* Lists of CPUs and nodes. */
#include "confine/numlist.h"

#include <criterion/criterion.h>
#include <errno.h>

Test(numlist, read)
{
	unsigned long bits[NUMLIST_WORDS] = { 0 };
	struct err e = ERR_INIT;

	cr_assert(numlist_parse("0-3,7,64,8191", bits, &e) == 0);
	cr_assert(bits[0] == 0x8f && bits[1] == 1 && bits[NUMLIST_WORDS - 1] == 1ul << 63);
	cr_assert(numlist_parse("", bits, &e) == 0 && bits[0] == 0);
}

Test(numlist, refused)
{
	const char *const bad[] = { "a",
				    "-",
				    "1-",
				    "-1",
				    "3-1",
				    "1,",
				    ",1",
				    "1,,2",
				    " 1",
				    "1 ",
				    "8192",
				    "0-8192",
				    "99999999999999999999",
				    "1-2-3",
				    "+1",
				    "0x1" };
	unsigned long bits[NUMLIST_WORDS] = { 5 };
	struct err e = ERR_INIT;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert(numlist_parse(bad[i], bits, &e) == -EINVAL && bits[0] == 5, "%s", bad[i]);
}
