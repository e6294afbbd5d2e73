/* What people call signals. */
#include "husk.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>

Test(signal, names)
{
	static const struct {
		const char *text;
		int number;
	} table[] = { { "9", 9 },
		      { "0", 0 },
		      { "64", 64 },
		      { "KILL", SIGKILL },
		      { "SIGKILL", SIGKILL },
		      { "sigkill", SIGKILL },
		      { "Term", SIGTERM },
		      { "CLD", SIGCHLD },
		      { "IOT", SIGABRT },
		      { "POLL", SIGIO },
		      { "WINCH", SIGWINCH },
		      { "RTMIN", 34 },
		      { "SIGRTMIN+3", 37 },
		      { "rtmin+30", 64 },
		      { "RTMAX", 64 },
		      { "RTMAX-1", 63 },
		      { "SIGRTMAX-30", 34 } };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct err e = ERR_INIT;
		int number = -1;

		cr_expect_eq(husk_signal_number(table[i].text, &number, &e), 0, "%s: %s", table[i].text,
			     e.text);
		cr_expect_eq(number, table[i].number, "%s is %d", table[i].text, number);
	}
}

Test(signal, refused)
{
	static const char *const table[] = { "",        "SIG",     "65",          "-9",       "+9",
					     " 9",      "9 ",      "0x9",         "KILLS",    "SIGSIGKILL",
					     "RTMIN-1", "RTMAX+1", "RTMIN+31",    "RTMAX-31", "RTMIN+",
					     "RTMIN+x", "RTMIN3",  "99999999999", "NULL" };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct err e = ERR_INIT;
		int number = -1;

		cr_expect_eq(husk_signal_number(table[i], &number, &e), -EINVAL, "%s", table[i]);
		cr_expect_eq(number, -1, "%s: the output was touched", table[i]);
		cr_expect(strstr(e.text, "unknown signal"), "%s", e.text);
	}
}
