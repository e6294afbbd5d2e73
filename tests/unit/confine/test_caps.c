/* The kernel's own words on the sets that caps.c leaves. */
#include "confine/caps.h"
#include "confine/ids.h"

#include "child.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define BIT(cap) (UINT64_C(1) << (cap))

static uint64_t status_mask(const char *field)
{
	char line[256];
	unsigned long long mask = ~0ull;
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, field, strlen(field)) == 0)
			sscanf(line + strlen(field), ": %llx", &mask);
	if (f)
		fclose(f);
	return mask;
}

static void apply(const struct plan_caps *want, uint32_t uid)
{
	struct plan_process p = { .uid = uid, .gid = uid, .umask = -1 };
	struct err e = ERR_INIT;

	CHECK(caps_bound(want, NULL, &e) == 0);
	if (uid)
		CHECK(caps_keep(&e) == 0);
	CHECK(ids_apply(&p, false, &e) == 0);
	CHECK(caps_apply(want, NULL, &e) == 0);
}

static void some_as_user(void *arg)
{
	(void)arg;
	uint64_t two = BIT(CAP_CHOWN) | BIT(CAP_NET_BIND_SERVICE);
	struct plan_caps want = {
		.set = true, .bounding = two, .permitted = two, .effective = BIT(CAP_CHOWN)
	};
	apply(&want, 1000);
	CHECK(status_mask("CapBnd") == two);
	CHECK(status_mask("CapPrm") == two);
	CHECK(status_mask("CapEff") == BIT(CAP_CHOWN));
	CHECK(status_mask("CapInh") == 0);
	CHECK(status_mask("CapAmb") == 0);
}

Test(caps, are_kept_over_the_change_of_uid)
{
	if (is_root())
		OK_IN_CHILD(some_as_user, NULL);
}

static void ambient(void *arg)
{
	(void)arg;
	uint64_t two = BIT(CAP_CHOWN) | BIT(CAP_NET_BIND_SERVICE), one = BIT(CAP_CHOWN);
	struct plan_caps want = { .set = true,
				  .bounding = two,
				  .permitted = two,
				  .effective = two,
				  .inheritable = one,
				  .ambient = two };
	apply(&want, 1000);
	CHECK(status_mask("CapInh") == one);
	CHECK(status_mask("CapAmb") == one);
}

Test(caps, ambient_only_as_far_as_inheritable)
{
	if (is_root())
		OK_IN_CHILD(ambient, NULL);
}

static void inherited_goes(void *arg)
{
	(void)arg;
	struct plan_caps first = { .set = true,
				   .bounding = ~UINT64_C(0),
				   .permitted = ~UINT64_C(0),
				   .effective = ~UINT64_C(0),
				   .inheritable = BIT(CAP_CHOWN),
				   .ambient = BIT(CAP_CHOWN) };
	apply(&first, 0);
	CHECK(status_mask("CapAmb") == BIT(CAP_CHOWN));
	struct plan_caps second = first;
	second.inheritable = second.ambient = 0;
	apply(&second, 0);
	CHECK(status_mask("CapInh") == 0 && status_mask("CapAmb") == 0);
}

Test(caps, inheritable_and_ambient_of_the_caller_do_not_stay)
{
	if (is_root())
		OK_IN_CHILD(inherited_goes, NULL);
}

static void none(void *arg)
{
	(void)arg;
	struct plan_caps want = { .set = false, .permitted = ~UINT64_C(0) };
	apply(&want, 0);
	CHECK(status_mask("CapBnd") == 0 && status_mask("CapPrm") == 0 && status_mask("CapEff") == 0);
	/* once empty, again: without CAP_SETPCAP, and none needed */
	struct err e = ERR_INIT;
	CHECK(caps_bound(&want, NULL, &e) == 0 && caps_apply(&want, NULL, &e) == 0);
}

Test(caps, no_capabilities_object_means_none)
{
	if (is_root())
		OK_IN_CHILD(none, NULL);
}

static char warnings[1024];

static void warn(void *arg, enum log_level level, const char *text)
{
	(void)arg;
	(void)level;
	strncat(warnings, text, sizeof(warnings) - strlen(warnings) - 1);
}

static void ungrantable(void *arg)
{
	(void)arg;
	struct log log = { .sink = warn, .level = LOG_WARN };
	struct plan_caps want = { .set = true, .bounding = BIT(CAP_CHOWN), .permitted = BIT(CAP_CHOWN) };
	struct err e = ERR_INIT;

	apply(&want, 0);
	want.permitted = want.bounding = BIT(CAP_CHOWN) | BIT(CAP_SYS_ADMIN);
	CHECK(caps_bound(&want, &log, &e) == 0);
	CHECK(strstr(warnings, "bounding set"));
	CHECK(caps_apply(&want, &log, &e) == 0);
	CHECK(strstr(warnings, "permitted set"));
	CHECK(status_mask("CapPrm") == BIT(CAP_CHOWN));
}

Test(caps, what_cannot_be_granted_is_a_warning)
{
	if (is_root())
		OK_IN_CHILD(ungrantable, NULL);
}
