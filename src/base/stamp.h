/* A point in time as text. */
#pragma once

#include <time.h>

/* RFC 3339 with nanoseconds, in UTC: "2026-01-31T23:59:59.000000001Z". */
struct stamp {
	char text[64];
};

/* gmtime_r(3) would do, but glibc's reads the file of the local zone first. Years 1970 to 9999. */
struct stamp stamp_utc(const struct timespec *t);
