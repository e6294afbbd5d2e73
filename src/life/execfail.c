/* Look at the program as the kernel did, and find what it did not like. */
#include "life/execfail.h"

#include "base/own.h"
#include "base/str.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

/* The beginning of a program: enough for a #! line, an ELF header and its program headers. */
struct head {
	char bytes[4096];
	size_t len;
};

static bool read_head(const char *program, struct head *h)
{
	own_fd fd = open(program, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, h->bytes, sizeof h->bytes - 1);

	if (n < 0)
		return false;
	h->len = (size_t)n;
	h->bytes[n] = '\0';
	return true;
}

static const char *machine_name(unsigned machine)
{
	static const struct {
		unsigned machine;
		const char *name;
	} names[] = {
		{ EM_X86_64, "x86-64" }, { EM_386, "x86" },     { EM_AARCH64, "arm64" }, { EM_ARM, "arm" },
		{ EM_RISCV, "riscv" },   { EM_PPC64, "ppc64" }, { EM_S390, "s390x" },    { EM_MIPS, "mips" },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].machine == machine)
			return names[i].name;
	return "another machine";
}

static bool is_elf(const struct head *h)
{
	return h->len > sizeof(Elf32_Ehdr) && memcmp(h->bytes, ELFMAG, SELFMAG) == 0;
}

/* PT_INTERP of a program of our own word size, NULL if it has none in sight. */
static const char *elf_loader(const struct head *h)
{
	Elf64_Ehdr elf;
	Elf64_Phdr part;

	if (h->len < sizeof elf || h->bytes[EI_CLASS] != ELFCLASS64)
		return NULL;
	memcpy(&elf, h->bytes, sizeof elf);
	for (size_t i = 0; i < elf.e_phnum; i++) {
		size_t at = elf.e_phoff + i * sizeof part;

		if (at > h->len || h->len - at < sizeof part)
			break;
		memcpy(&part, h->bytes + at, sizeof part);
		if (part.p_type == PT_INTERP && part.p_offset < h->len)
			return h->bytes + part.p_offset;
	}
	return NULL;
}

/* ENOENT for a program that is there: what it needs to run is not. */
static const char *missing(const char *program, struct arena *a)
{
	struct head h;

	if (!read_head(program, &h))
		return "";
	if (h.len > 2 && h.bytes[0] == '#' && h.bytes[1] == '!') {
		const char *name = h.bytes + 2 + strspn(h.bytes + 2, " \t");
		size_t len = strcspn(name, " \t\r\n");
		const char *dos = name[len] == '\r' ? ", the line ends as in DOS" : "";

		return arena_printf(a, ": its interpreter %.*s does not exist%s",
				    (int)(len > 128 ? 128 : len), name, dos);
	}
	const char *loader = is_elf(&h) ? elf_loader(&h) : NULL;
	return loader ? arena_printf(a, ": its dynamic loader %.128s does not exist", loader) : "";
}

static const char *format(const char *program, struct arena *a)
{
	struct head h;
	Elf32_Ehdr elf; /* as far as e_machine both classes are alike */

	if (!read_head(program, &h))
		return "";
	if (h.len == 0)
		return ": the file is empty";
	if (!is_elf(&h))
		return h.bytes[0] == '#' && h.bytes[1] == '!'
			       ? ""
			       : ": neither a program nor a script that begins with #!";
	memcpy(&elf, h.bytes, sizeof elf);
	return arena_printf(a, ": it is a program for %s", machine_name(elf.e_machine));
}

static const char *denied(const char *program)
{
	struct statvfs fs;
	struct stat st;

	if (statvfs(program, &fs) == 0 && fs.f_flag & ST_NOEXEC)
		return ": its file system is mounted noexec";
	return stat(program, &st) == 0 && !(st.st_mode & 0111) ? ": it is not executable (chmod +x)" : "";
}

/* Without a filter a program without a name gives ENOENT. */
static bool filter_refuses(int code)
{
	char *nothing[] = { NULL };

	(void)execve("", nothing, nothing);
	return errno == code && code != ENOENT;
}

const char *execfail_cause(int code, const char *program, bool filtered, struct arena *a)
{
	if (filtered && filter_refuses(code))
		return ": the seccomp filter does not allow execve";
	switch (code) {
	case ENOENT:
		return missing(program, a);
	case ENOEXEC:
		return format(program, a);
	case EACCES:
		return denied(program);
	case EAGAIN:
		return ": the user has as many processes as RLIMIT_NPROC allows";
	default:
		return "";
	}
}
