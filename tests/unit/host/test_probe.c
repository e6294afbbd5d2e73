/* host/probe.c: what this machine says agrees with what the kernel says elsewhere. */
#include "host/host.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/capability.h>
#include <unistd.h>

Test(probe, agrees_with_the_kernel)
{
	own_arena a = arena_new();
	struct host h = { 0 };
	struct err e = ERR_INIT;
	cap_t caps = cap_get_proc();
	cap_flag_value_t admin = CAP_CLEAR;
	char text[64] = "";
	FILE *map = fopen("/proc/self/uid_map", "re");

	cr_assert(map && fgets(text, sizeof text, map));
	fclose(map);
	cr_assert_eq(host_probe(NULL, a, &h, &e), 0, "%s", e.text);
	cr_expect_eq(h.euid, geteuid());
	cr_assert_eq(cap_get_flag(caps, CAP_SYS_ADMIN, CAP_EFFECTIVE, &admin), 0);
	cap_free(caps);
	if (strstr(text, "4294967295"))
		cr_expect_eq(h.privileged, admin == CAP_SET && !h.in_userns);
	else
		cr_expect(h.in_userns && !h.privileged);
}
