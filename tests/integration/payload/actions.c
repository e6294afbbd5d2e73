/* Actions: each tries one thing and prints {"errno": "EPERM"}, "" for success, with whatever else it learned.
 */
#include "json.h"
#include "payload.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static long number(const char *text)
{
	return strtol(text, NULL, 0);
}

/* Finish the object that the caller may have opened; the exit status tells success from failure too. */
static int answer(int code)
{
	json_str("errno", code ? strerrorname_np(code) : "");
	json_close('}');
	putchar('\n');
	fflush(stdout);
	return code ? 1 : 0;
}

static int outcome(long result)
{
	int code = result < 0 ? errno : 0;

	json_open(NULL, '{');
	return answer(code);
}

static int do_true(int argc, char **argv)
{
	(void)argc, (void)argv;
	return 0;
}

static int do_exit(int argc, char **argv)
{
	(void)argc;
	return (int)number(argv[0]);
}

static int do_sleep(int argc, char **argv)
{
	unsigned seconds = argc ? (unsigned)number(argv[0]) : 1000000;

	printf("{\"sleeping\":%u}\n", seconds);
	fflush(stdout);
	while (seconds)
		seconds = sleep(seconds);
	return 0;
}

static int do_write(int argc, char **argv)
{
	int fd = open(argv[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	const char *text = argc > 1 ? argv[1] : "x";

	return outcome(fd < 0 ? -1 : write(fd, text, strlen(text)));
}

static int do_read(int argc, char **argv)
{
	static char text[65536];
	int fd = open(argv[0], O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	int code = n < 0 ? errno : 0;

	(void)argc;
	json_open(NULL, '{');
	json_str("text", n < 0 ? NULL : text);
	return answer(code);
}

static int do_list(int argc, char **argv)
{
	DIR *d = opendir(argv[0]);
	int code = d ? 0 : errno;
	struct dirent *entry;

	(void)argc;
	json_open(NULL, '{');
	json_open("names", '[');
	while (d && (entry = readdir(d)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			json_str(NULL, entry->d_name);
	json_close(']');
	return answer(code);
}

static int do_stat(int argc, char **argv)
{
	struct stat st = { 0 };
	int code = lstat(argv[0], &st) < 0 ? errno : 0;

	(void)argc;
	json_open(NULL, '{');
	json_uint("mode", st.st_mode);
	json_uint("uid", st.st_uid);
	json_uint("gid", st.st_gid);
	json_uint("major", major(st.st_rdev));
	json_uint("minor", minor(st.st_rdev));
	json_uint("size", (unsigned long long)st.st_size);
	return answer(code);
}

static dev_t device(char **argv)
{
	return makedev((unsigned)number(argv[1]), (unsigned)number(argv[2]));
}

/* mknod PATH c|b MAJOR MINOR */
static int do_mknod(int argc, char **argv)
{
	(void)argc;
	return outcome(mknod(argv[0], (argv[1][0] == 'b' ? S_IFBLK : S_IFCHR) | 0600, device(argv + 1)));
}

/* open-dev c|b MAJOR MINOR: through a fresh node, so that only the device rules of the cgroup decide. */
static int do_open_dev(int argc, char **argv)
{
	static const char node[] = "/dev/.payload-node";
	int fd, code = 0;

	(void)argc;
	unlink(node);
	if (mknod(node, (argv[0][0] == 'b' ? S_IFBLK : S_IFCHR) | 0600, device(argv)) < 0) {
		json_open(NULL, '{');
		json_bool("mknod", false);
		return answer(errno);
	}
	fd = open(node, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		code = errno;
	unlink(node);
	json_open(NULL, '{');
	json_bool("mknod", true);
	return answer(code);
}

static int do_kill_self(int argc, char **argv)
{
	(void)argc;
	signal((int)number(argv[0]), SIG_DFL);
	kill(getpid(), (int)number(argv[0]));
	sleep(1);
	return 0;
}

/* fork N: how many of N children that stay alive for a second can be had? */
static int do_fork(int argc, char **argv)
{
	long wanted = number(argv[0]), made = 0;
	int code = 0;

	(void)argc;
	for (; made < wanted; made++) {
		pid_t pid = fork();

		if (pid == 0) {
			sleep(1);
			_exit(0);
		}
		if (pid < 0) {
			code = errno;
			break;
		}
	}
	while (wait(NULL) > 0)
		continue;
	json_open(NULL, '{');
	json_int("made", made);
	return answer(code);
}

/* spawn N: leave N children behind that outlive this process' sleep. */
static int do_spawn(int argc, char **argv)
{
	for (long i = number(argv[0]); i > 0; i--)
		if (fork() == 0)
			for (;;)
				pause();
	return do_sleep(argc - 1, argv + 1);
}

/* trap: print every signal as one line; SIGTERM ends it with status 0. */
static int do_trap(int argc, char **argv)
{
	sigset_t all;
	int number_seen;

	(void)argc, (void)argv;
	sigfillset(&all);
	sigdelset(&all, SIGCHLD);
	sigprocmask(SIG_BLOCK, &all, NULL);
	printf("ready\n");
	fflush(stdout);
	while (sigwait(&all, &number_seen) == 0) {
		struct winsize size = { 0 };

		ioctl(0, TIOCGWINSZ, &size);
		if (number_seen == SIGWINCH)
			printf("WINCH %ux%u\n", size.ws_col, size.ws_row);
		else
			printf("%s\n", sigabbrev_np(number_seen) ? sigabbrev_np(number_seen) : "RT");
		fflush(stdout);
		if (number_seen == SIGTERM)
			return 0;
	}
	return 97;
}

static int do_alloc(int argc, char **argv)
{
	size_t size = (size_t)number(argv[0]) << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)argc;
	if (p == MAP_FAILED)
		return outcome(-1);
	for (size_t i = 0; i < size; i += 4096)
		p[i] = 1;
	return outcome(0);
}

/* connect ADDRESS PORT, connect unix PATH */
static int do_connect(int argc, char **argv)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)argc;
	if (fd < 0)
		return outcome(-1);
	in.sin_port = htons((unsigned short)number(argv[1]));
	inet_pton(AF_INET, argv[0], &in.sin_addr);
	return outcome(connect(fd, (struct sockaddr *)&in, sizeof(in)));
}

/* syscall NR [ARG…] with numbers only: what seccomp lets through. */
static int do_syscall(int argc, char **argv)
{
	long a[6] = { 0 };

	for (int i = 1; i < argc && i < 7; i++)
		a[i - 1] = number(argv[i]);
	return outcome(syscall(number(argv[0]), a[0], a[1], a[2], a[3], a[4], a[5]));
}

static int do_ptrace(int argc, char **argv)
{
	(void)argc;
	return outcome(ptrace(PTRACE_ATTACH, (pid_t)number(argv[0]), 0, 0));
}

static int do_mount(int argc, char **argv)
{
	return outcome(mount(argv[0], argv[1], argv[2], argc > 3 ? (unsigned long)number(argv[3]) : 0, NULL));
}

/* overwrite PATH: open an executable for writing, as CVE-2019-5736 does; never writes. */
static int do_overwrite(int argc, char **argv)
{
	(void)argc;
	return outcome(open(argv[0], O_WRONLY | O_CLOEXEC));
}

/* look PID: what one process shows to its neighbours. */
static int do_look(int argc, char **argv)
{
	char path[64], target[4096];
	ssize_t n;

	(void)argc;
	snprintf(path, sizeof(path), "/proc/%s/exe", argv[0]);
	n = readlink(path, target, sizeof(target) - 1);
	if (n >= 0)
		target[n] = 0;
	json_open(NULL, '{');
	json_str("exe", n < 0 ? NULL : target);
	return answer(n < 0 ? errno : 0);
}

/* flip A B: exchange two names for ever, the attacker's half of a rename race. */
static int do_flip(int argc, char **argv)
{
	(void)argc;
	for (;;)
		syscall(SYS_renameat2, AT_FDCWD, argv[0], AT_FDCWD, argv[1], 2u /* RENAME_EXCHANGE */);
	return 0;
}

/* ticks PATH: append a byte every 10 ms, a clock that others can watch. */
static int do_ticks(int argc, char **argv)
{
	int fd = open(argv[0], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	(void)argc;
	while (fd >= 0 && write(fd, ".", 1) == 1)
		usleep(10000);
	return 1;
}

const struct action payload_actions[] = {
	{ "true", 0, do_true },           { "exit", 1, do_exit },     { "sleep", 0, do_sleep },
	{ "write", 1, do_write },         { "read", 1, do_read },     { "list", 1, do_list },
	{ "stat", 1, do_stat },           { "mknod", 4, do_mknod },   { "open-dev", 3, do_open_dev },
	{ "kill-self", 1, do_kill_self }, { "fork", 1, do_fork },     { "spawn", 1, do_spawn },
	{ "trap", 0, do_trap },           { "alloc", 1, do_alloc },   { "connect", 2, do_connect },
	{ "syscall", 1, do_syscall },     { "ptrace", 1, do_ptrace }, { "mount", 3, do_mount },
	{ "overwrite", 1, do_overwrite }, { "look", 1, do_look },     { "flip", 2, do_flip },
	{ "ticks", 1, do_ticks },         { NULL, 0, NULL },
};
