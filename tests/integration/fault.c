/* fault LOG MODE… PROGRAM…: run a program and let one of its system calls fail, or one of its processes die
 * there. */
#include <elf.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 *   fault LOG record PROGRAM…               LOG gets a line per call: PROCESS CALL NAME [PATH]
 *   fault LOG fail PROCESS CALL ERRNO P…    that call of that process is not made, it fails with ERRNO
 *   fault LOG kill PROCESS CALL VICTIM P…   when it comes to that call, SIGKILL for process VICTIM
 *
 * Processes are numbered by birth, the program is 0; calls are numbered per process, from 1 after its execve
 * or birth. strace counts per system call and cannot tell parent and child apart, so it cannot reach every
 * point. The exit status is the program's (128 + signal); what still runs by then goes on untraced.
 */

enum { MAX_PROCESSES = 4096 };

struct tracee {
	pid_t pid;
	unsigned calls;
	bool foreign; /* it has become another program: what fails there is not husk's */
	bool failing; /* between the entry and the exit of the call that was taken out */
};

static struct tracee tracees[MAX_PROCESSES];
static int n_tracees;
static FILE *log_file;

static struct {
	enum { RECORD, FAIL, KILL } mode;
	int process, victim, error;
	unsigned call;
} order;

static struct tracee *find(pid_t pid)
{
	for (int i = n_tracees - 1; i >= 0; i--)
		if (tracees[i].pid == pid)
			return &tracees[i];
	if (n_tracees == MAX_PROCESSES)
		exit(125);
	tracees[n_tracees] = (struct tracee){ .pid = pid };
	return &tracees[n_tracees++];
}

#if defined(__x86_64__)
enum { ORIG_RAX = 15 * 8, RAX = 10 * 8 };

static void skip_call(pid_t pid)
{
	ptrace(PTRACE_POKEUSER, pid, (void *)ORIG_RAX, (void *)-1L);
}

static void set_result(pid_t pid, long value)
{
	ptrace(PTRACE_POKEUSER, pid, (void *)RAX, (void *)value);
}
#elif defined(__aarch64__)
static void skip_call(pid_t pid)
{
	int none = -1;
	struct iovec v = { &none, sizeof none };

	ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &v);
}

static void set_result(pid_t pid, long value)
{
	struct user_regs_struct regs;
	struct iovec v = { &regs, sizeof regs };

	ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &v);
	regs.regs[0] = (uint64_t)value;
	ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &v);
}
#else
#error "say here how a system call is skipped"
#endif

/* Which argument of a call is a path, -1: none. */
static int path_argument(const char *name)
{
	static const char *const first[] = { "execve", "mount",  "umount2",  "mkdir", "rmdir", "unlink",
					     "open",   "access", "readlink", "chdir", "statfs" };

	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		if (strcmp(name, first[i]) == 0)
			return 0;
	size_t n = strlen(name);
	if ((n > 2 && strcmp(name + n - 2, "at") == 0) || strcmp(name, "openat2") == 0 ||
	    strcmp(name, "open_tree") == 0 || strcmp(name, "write") == 0)
		return 1;
	return -1;
}

static void put_call(const struct tracee *t, const struct __ptrace_syscall_info *info)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)info->entry.nr);
	char text[128] = "";
	int i = name ? path_argument(name) : -1;
	struct iovec here = { text, sizeof text - 1 }, there;

	if (i >= 0 && info->entry.args[i]) {
		/* not beyond the page: the next one may not be there */
		there = (struct iovec){ (void *)(uintptr_t)info->entry.args[i],
					4096 - info->entry.args[i] % 4096 };
		if (there.iov_len > here.iov_len)
			there.iov_len = here.iov_len;
		if (strcmp(name, "write") == 0 && there.iov_len > info->entry.args[2])
			there.iov_len = info->entry.args[2];
		if (process_vm_readv(t->pid, &here, 1, &there, 1, 0) < 0)
			text[0] = '\0';
	}
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			*p = ' ';
	fprintf(log_file, "%d %u %s %s\n", (int)(t - tracees), t->calls, name ? name : "?", text);
	free(name);
}

static void at_call(struct tracee *t)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, (void *)sizeof info, &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && t->failing) {
		set_result(t->pid, -order.error);
		t->failing = false;
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY || t->foreign)
		return;
	t->calls++;
	bool here = t - tracees == order.process && t->calls == order.call;
	if (here || order.mode == RECORD)
		put_call(t, &info);
	if (!here || order.mode == RECORD)
		return;
	if (order.mode == FAIL) {
		t->failing = true;
		skip_call(t->pid);
	} else if (order.victim < n_tracees) {
		kill(tracees[order.victim].pid, SIGKILL);
	}
}

/* One stop. Returns the signal to hand on. */
static int handle(pid_t pid, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;
	unsigned long child;
	struct tracee *t = find(pid);

	if (signal == (SIGTRAP | 0x80)) {
		at_call(t);
		return 0;
	}
	if (event == PTRACE_EVENT_EXEC)
		t->foreign = t != tracees;
	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE)
		if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child) == 0)
			(void)find((pid_t)child);
	return event ? 0 : signal;
}

static int trace(pid_t first)
{
	int status;

	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0)
			return 125;
		if (WIFSTOPPED(status)) {
			int signal = handle(pid, status);
			ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal);
		} else if (pid == first) {
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		}
	}
}

/* Seized, not attached: no SIGSTOP comes with that, which a process would be left with when we end before it.
 */
static pid_t start(char **argv)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	int go[2];
	char c = 0;

	if (pipe2(go, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		if (read(go[0], &c, 1) == 1)
			execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || ptrace(PTRACE_SEIZE, pid, NULL, (void *)options) < 0 || write(go[1], &c, 1) != 1)
		return -1;
	(void)find(pid);
	close(go[0]);
	close(go[1]);
	return pid;
}

int main(int argc, char **argv)
{
	int at = 3;

	if (argc < 4 || !(log_file = fopen(argv[1], "we")))
		return 125;
	setvbuf(log_file, NULL, _IOLBF, 0); /* whoever ends us wants to know where */
	order.process = -1;
	if (strcmp(argv[2], "record") != 0) {
		if (argc < 7)
			return 125;
		order.mode = strcmp(argv[2], "fail") == 0 ? FAIL : KILL;
		order.process = (int)strtol(argv[3], NULL, 10);
		order.call = (unsigned)strtoul(argv[4], NULL, 10);
		order.error = order.victim = (int)strtol(argv[5], NULL, 10);
		at = 6;
	}
	pid_t pid = start(argv + at);
	int status = pid < 0 ? 125 : trace(pid);
	fclose(log_file);
	return status;
}
