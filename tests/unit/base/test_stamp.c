/* Times against the C library's calendar. */
#include "base/stamp.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(stamp, agrees_with_gmtime)
{
	/* a prime number of seconds, about 17 days: every month, leap years and centuries */
	for (time_t t = 0; t < (time_t)250 * 366 * 86400; t += 1500007) {
		struct timespec now = { .tv_sec = t, .tv_nsec = 42 };
		struct tm tm;
		char want[80];

		gmtime_r(&t, &tm);
		size_t n = strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S", &tm);
		snprintf(want + n, sizeof want - n, ".%09dZ", 42);
		cr_assert_str_eq(stamp_utc(&now).text, want);
	}
}
