/* Report: ids, capabilities, namespaces, mounts, limits and the rest of what a container is, seen from
 * inside. */
#include "json.h"
#include "payload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void report_ids(void)
{
	uid_t u[3];
	gid_t g[3], groups[1024];
	int n = getgroups(1024, groups);

	getresuid(&u[0], &u[1], &u[2]);
	getresgid(&g[0], &g[1], &g[2]);
	json_open("uid", '[');
	for (int i = 0; i < 3; i++)
		json_uint(NULL, u[i]);
	json_close(']');
	json_open("gid", '[');
	for (int i = 0; i < 3; i++)
		json_uint(NULL, g[i]);
	json_close(']');
	json_open("groups", '[');
	for (int i = 0; i < n; i++)
		json_uint(NULL, groups[i]);
	json_close(']');
	json_int("pid", getpid());
	json_int("ppid", getppid());
	json_int("sid", getsid(0));
	json_int("pgid", getpgid(0));
}

/* The text of a small file without its last newline, or NULL. The buffer is reused by the next call. */
static const char *file_text(const char *path)
{
	static char text[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n = 0;

	if (fd < 0)
		return NULL;
	while (used < sizeof(text) - 1 && (n = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)n;
	close(fd);
	if (n < 0)
		return NULL;
	text[used] = 0;
	if (used > 0 && text[used - 1] == '\n')
		text[used - 1] = 0;
	return text;
}

static void report_lines(const char *key, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[8192];

	json_open(key, '[');
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		json_str(NULL, line);
	}
	json_close(']');
	if (f)
		fclose(f);
}

/* /proc/self/status as an object: Cap*, NoNewPrivs, Seccomp, Sig*, Umask. */
static void report_status(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[4096];

	json_open("status", '{');
	while (f && fgets(line, sizeof(line), f)) {
		char *value = strchr(line, ':');

		if (!value)
			continue;
		*value++ = 0;
		value += strspn(value, "\t ");
		value[strcspn(value, "\n")] = 0;
		json_str(line, value);
	}
	json_close('}');
	if (f)
		fclose(f);
}

static void report_link(const char *dir, const char *name)
{
	char path[4096], target[4096];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return;
	target[n] = 0;
	json_str(name, target);
}

static void report_links(const char *key, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	char own[16];

	json_open(key, '{');
	if (d)
		snprintf(own, sizeof(own), "%d", dirfd(d));
	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, own) != 0)
			report_link(dir, entry->d_name);
	json_close('}');
	if (d)
		closedir(d);
}

static void report_limits(void)
{
	static const char *const names[] = { "CPU",      "FSIZE",  "DATA",    "STACK", "CORE",  "RSS",
					     "NPROC",    "NOFILE", "MEMLOCK", "AS",    "LOCKS", "SIGPENDING",
					     "MSGQUEUE", "NICE",   "RTPRIO",  "RTTIME" };

	json_open("rlimits", '{');
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct rlimit limit;
		char key[32];

		if (getrlimit((__rlimit_resource_t)i, &limit) != 0)
			continue;
		snprintf(key, sizeof(key), "RLIMIT_%s", names[i]);
		json_open(key, '[');
		json_uint(NULL, limit.rlim_cur);
		json_uint(NULL, limit.rlim_max);
		json_close(']');
	}
	json_close('}');
}

static void report_strings(const char *key, char **list)
{
	json_open(key, '[');
	for (; *list; list++)
		json_str(NULL, *list);
	json_close(']');
}

static void report_host(void)
{
	struct utsname u;

	uname(&u);
	json_str("hostname", u.nodename);
	json_str("domainname", u.domainname);
	json_str("machine", u.machine);
}

static void report_node(const char *dir, const char *name)
{
	char path[4096], target[4096];
	struct stat st;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (lstat(path, &st) != 0)
		return;
	json_open(name, '{');
	json_uint("mode", st.st_mode & 07777);
	json_str("type", S_ISCHR(st.st_mode)    ? "c"
			 : S_ISBLK(st.st_mode)  ? "b"
			 : S_ISFIFO(st.st_mode) ? "p"
			 : S_ISLNK(st.st_mode)  ? "l"
			 : S_ISDIR(st.st_mode)  ? "d"
						: "f");
	json_uint("major", major(st.st_rdev));
	json_uint("minor", minor(st.st_rdev));
	json_uint("uid", st.st_uid);
	json_uint("gid", st.st_gid);
	n = readlink(path, target, sizeof(target) - 1);
	if (n >= 0) {
		target[n] = 0;
		json_str("target", target);
	}
	json_close('}');
}

static void report_devices(void)
{
	DIR *d = opendir("/dev");
	struct dirent *entry;

	json_open("dev", '{');
	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			report_node("/dev", entry->d_name);
	json_close('}');
	if (d)
		closedir(d);
}

static void report_tty(void)
{
	struct winsize size = { 0 };
	int ctty = open("/dev/tty", O_RDWR | O_CLOEXEC);

	json_open("tty", '{');
	json_open("isatty", '[');
	for (int fd = 0; fd < 3; fd++)
		json_bool(NULL, isatty(fd) == 1);
	json_close(']');
	ioctl(0, TIOCGWINSZ, &size);
	json_uint("rows", size.ws_row);
	json_uint("cols", size.ws_col);
	json_bool("controlling", ctty >= 0);
	json_int("foreground", ctty >= 0 ? tcgetpgrp(ctty) : -1);
	json_close('}');
	if (ctty >= 0)
		close(ctty);
}

struct scheduling { /* struct sched_attr of the kernel, first version */
	unsigned size, policy;
	unsigned long long flags;
	int nice;
	unsigned priority;
	unsigned long long runtime, deadline, period;
};

static void report_scheduling(void)
{
	struct scheduling s = { 0 };
	cpu_set_t cpus;
	int mode = -1;

	syscall(SYS_sched_getattr, 0, &s, sizeof(s), 0);
	json_open("sched", '{');
	json_uint("policy", s.policy);
	json_int("nice", s.nice);
	json_uint("priority", s.priority);
	json_uint("flags", s.flags);
	json_uint("runtime", s.runtime);
	json_close('}');
	json_int("ioprio", syscall(SYS_ioprio_get, 1, 0));
	json_int("personality", personality(0xffffffff));
	CPU_ZERO(&cpus);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	json_open("cpus", '[');
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &cpus))
			json_int(NULL, i);
	json_close(']');
	if (syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) == 0)
		json_int("mempolicy", mode);
}

static void report_keyring(void)
{
	char text[512] = "";
	long serial = syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3 /* session */, 0);

	if (serial < 0)
		return;
	if (syscall(SYS_keyctl, 6 /* KEYCTL_DESCRIBE */, serial, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	json_str("keyring", text);
}

static void report_process(void)
{
	char cwd[4096];
	struct timespec boot;

	json_str("cwd", getcwd(cwd, sizeof(cwd)));
	json_int("dumpable", prctl(PR_GET_DUMPABLE));
	json_int("securebits", prctl(PR_GET_SECUREBITS));
	json_int("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	clock_gettime(CLOCK_BOOTTIME, &boot);
	json_int("boottime", boot.tv_sec);
	clock_gettime(CLOCK_MONOTONIC, &boot);
	json_int("monotonic", boot.tv_sec);
	json_str("oom_score_adj", file_text("/proc/self/oom_score_adj"));
	json_str("timens_offsets", file_text("/proc/self/timens_offsets"));
	json_str("attr", file_text("/proc/self/attr/current"));
}

static void report_sysctls(int argc, char **argv)
{
	json_open("sysctl", '{');
	for (int i = 0; i < argc; i++) {
		char path[512];

		snprintf(path, sizeof(path), "/proc/sys/%s", argv[i]);
		for (char *c = path; *c; c++)
			if (*c == '.')
				*c = '/';
		json_str(argv[i], file_text(path));
	}
	json_close('}');
}

int payload_report(int argc, char **argv, char **arguments)
{
	json_open(NULL, '{');
	report_links("fds", "/proc/self/fd"); /* first: the others open files of their own */
	report_ids();
	report_process();
	report_status();
	report_links("ns", "/proc/self/ns");
	report_lines("mounts", "/proc/self/mountinfo");
	report_lines("cgroup", "/proc/self/cgroup");
	report_lines("uid_map", "/proc/self/uid_map");
	report_lines("gid_map", "/proc/self/gid_map");
	report_limits();
	report_strings("argv", arguments);
	report_strings("env", environ);
	report_host();
	report_devices();
	report_tty();
	report_scheduling();
	report_keyring();
	report_sysctls(argc, argv);
	json_close('}');
	putchar('\n');
	return fflush(stdout) == 0 ? 0 : 98;
}
