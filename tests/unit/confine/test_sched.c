/* Scheduling attributes, read back from the kernel. */
#include "confine/keyring.h"
#include "confine/sched.h"

#include "child.h"
#include "shim.h"

#include <linux/keyctl.h>
#include <sched.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static void all(void *arg)
{
	(void)arg;
	struct oci_scheduler s = { .policy = OCI_SCHED_BATCH, .nice = 3 };
	struct oci_io_priority io = { .class = OCI_IO_CLASS_IDLE, .priority = 0 };
	struct plan_process p = { .scheduler = &s, .io_priority = &io, .personality = PER_LINUX32 };
	struct err e = ERR_INIT;

	CHECK(setpgid(0, 0) == 0);
	CHECK(sched_apply(&p, &e) == 0);
	CHECK(sched_getscheduler(0) == SCHED_BATCH && getpriority(PRIO_PROCESS, 0) == 3);
	CHECK(syscall(SYS_ioprio_get, 1, 0) >> 13 == 3);
	CHECK(personality(0xffffffff) == PER_LINUX32);
	io.priority = 8;
	CHECK(sched_apply(&p, &e) == -EINVAL);
	CHECK(strcmp(e.text, "ioPriority 8 is not within 0 and 7") == 0);
	p = (struct plan_process){ .scheduler = &s, .personality = -1 };
	s.policy = OCI_SCHED_ISO;
	CHECK(sched_apply(&p, &e) == -EINVAL);
	CHECK(strcmp(e.text, "set the scheduler: Invalid argument") == 0);
}

Test(sched, applied)
{
	OK_IN_CHILD(all, NULL);
}

static void memory(void *arg)
{
	(void)arg;
	char node[] = "0";
	struct oci_memory_policy m = { .mode = OCI_MPOL_BIND, .nodes = node };
	struct plan_process p = { .memory_policy = &m, .personality = -1 };
	struct err e = ERR_INIT;
	int mode = -1;

	int r = sched_apply(&p, &e);
	if (r == -ENOSYS || r == -EPERM) {
		printf("skipped: %s\n", e.text);
		return;
	}
	CHECK(r == 0);
	CHECK(syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) == 0 && mode == 2);
	m = (struct oci_memory_policy){ .mode = OCI_MPOL_DEFAULT };
	CHECK(sched_apply(&p, &e) == 0);
	CHECK(syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) == 0 && mode == 0);
}

Test(sched, memory_policy)
{
	OK_IN_CHILD(memory, NULL);
}

static void affinity(void *arg)
{
	(void)arg;
	cpu_set_t set;
	struct err e = ERR_INIT;

	CHECK(sched_affinity(0, "0", &e) == 0);
	CHECK(sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) == 1 && CPU_ISSET(0, &set));
	CHECK(sched_affinity(0, "x", &e) == -EINVAL);
	CHECK(strcmp(e.text, "CPU affinity: \"x\" is not a list of numbers like 0-3,7") == 0);
}

Test(sched, affinity)
{
	OK_IN_CHILD(affinity, NULL);
}

static void keyring(void *arg)
{
	(void)arg;
	struct err e = ERR_INIT;
	long before = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);

	if (before < 0) {
		printf("skipped: no keyctl here\n");
		return;
	}
	CHECK(keyring_join("_ses.husk-unit-test", NULL, &e) == 0);
	CHECK(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0) != before);
}

static void keyring_errors(void *arg)
{
	struct err e = ERR_INIT;
	int code = *(int *)arg;

	shim_errno(SYS_keyctl, code);
	CHECK(keyring_join("_ses.x", NULL, &e) == (code == EDQUOT ? -EDQUOT : 0));
	CHECK(code != EDQUOT || strcmp(e.text, "join session keyring _ses.x (--no-new-keyring does without): "
					       "Disk quota exceeded") == 0);
}

Test(keyring, joined_or_not_there)
{
	int codes[] = { ENOSYS, EPERM, EDQUOT };

	OK_IN_CHILD(keyring, NULL);
	for (size_t i = 0; i < 3; i++)
		OK_IN_CHILD(keyring_errors, &codes[i]);
}
