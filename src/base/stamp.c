/* The civil calendar, without the C library's time zones. */
#include "base/stamp.h"

#include <stdio.h>

enum { DAY = 24 * 60 * 60 };

static int days_of_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365;
}

static int days_of_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 1 && days_of_year(year) == 366 ? 29 : days[month];
}

struct stamp stamp_utc(const struct timespec *t)
{
	int day = (int)(t->tv_sec / DAY), second = (int)(t->tv_sec % DAY);
	int year = 1970, month = 0;
	struct stamp s;

	for (; day >= days_of_year(year); year++)
		day -= days_of_year(year);
	for (; day >= days_of_month(year, month); month++)
		day -= days_of_month(year, month);
	snprintf(s.text, sizeof s.text, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", year, month + 1, day + 1,
		 second / 3600, second / 60 % 60, second % 60, (long)t->tv_nsec);
	return s;
}
