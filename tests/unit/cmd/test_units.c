/* Sizes and durations of the command line. */
#include "cmd/units.h"

#include <criterion/criterion.h>

Test(units, sizes)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
		{ "0", 0 },
		{ "67108864", 67108864 },
		{ "-1", -1 },
		{ "512M", 512 << 20 },
		{ "512m", 512 << 20 },
		{ "1g", 1 << 30 },
		{ "64 MiB", 64 << 20 },
		{ "2kb", 2048 },
		{ "1.5k", 1536 },
		{ "7b", 7 },
		{ "0.5P", INT64_C(1) << 49 },
		{ "9223372036854775807", INT64_MAX },
	};
	static const char *const bad[] = {
		"",      "M",    "1x",  "1MM", "1..5", ".",  "1 ", " 1", "9223372036854775808",
		"8192P", "0x10", "1e3", "--1", "1-",   "-1M"
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t n = 42;

		cr_assert(units_size(rows[i].text, &n), "%s", rows[i].text);
		cr_assert_eq(n, rows[i].want, "%s: %ld", rows[i].text, n);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int64_t n = 42;

		cr_assert_not(units_size(bad[i], &n), "%s", bad[i]);
		cr_assert_eq(n, 42);
	}
}

Test(units, durations)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
		{ "0", 0 },
		{ "5s", INT64_C(5000000000) },
		{ "500ms", 500000000 },
		{ "1m30s", INT64_C(90000000000) },
		{ "1.5h", INT64_C(5400000000000) },
		{ "2h0m0.25s", INT64_C(7200250000000) },
		{ "7us", 7000 },
		{ "7\u00b5s", 7000 },
		{ "3ns", 3 },
		{ ".5s", 500000000 },
		{ "+1s", 1000000000 },
		{ "-1s", -1000000000 },
		{ "0.0000000000000000000000001s", 0 },
	};
	static const char *const bad[] = { "",    "5", "s",    "5x",  "1m30", "1s ",
					   " 1s", "-", "1.s.", "..s", "--1s", "9999999999999h" };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t n = 42;

		cr_assert(units_duration(rows[i].text, &n), "%s", rows[i].text);
		cr_assert_eq(n, rows[i].want, "%s: %ld", rows[i].text, n);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int64_t n = 42;

		cr_assert_not(units_duration(bad[i], &n), "%s", bad[i]);
		cr_assert_eq(n, 42);
	}
}
