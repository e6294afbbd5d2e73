/* Keep compiled filters in files that name exactly what they were made from. */
#include "confine/seccomp_cache.h"

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <sys/stat.h>

/* Changes whenever the meaning of the key, of the file or of a rule does. */
static const char magic[8] = "huskbpf1";

/* The file: this, the key padded to 8 bytes, the instructions. */
struct header {
	char magic[8];
	uint32_t key_len, code_len; /* bytes; instructions */
	uint64_t code_hash; /* against damage; what an attacker could write is not ours (see cache_open) */
};

static uint64_t fnv1a(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static size_t padded(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

/* Each item is preceded by its size or count, so that no two profiles share a key. */
static void key_u64(struct strbuf *b, uint64_t v)
{
	strbuf_add(b, (const char *)&v, sizeof(v));
}

static void key_str(struct strbuf *b, const char *s)
{
	size_t n = strlen(s);

	key_u64(b, n);
	strbuf_add(b, s, n);
}

static void key_syscall(struct strbuf *b, const struct oci_seccomp_syscall *s)
{
	key_u64(b, (uint64_t)s->action);
	key_u64(b, HAS(s, oci_seccomp_syscall, errno_ret));
	key_u64(b, s->errno_ret);
	key_u64(b, s->args.n);
	for (size_t i = 0; i < s->args.n; i++) {
		const struct oci_seccomp_arg *arg = &s->args.v[i];
		const uint64_t words[] = { arg->index, (uint64_t)arg->op, arg->value, arg->value_two };
		strbuf_add(b, (const char *)words, sizeof(words));
	}
	key_u64(b, s->names.n);
	for (size_t i = 0; i < s->names.n; i++)
		key_str(b, s->names.v[i]);
}

void seccomp_key_make(const struct plan_seccomp *plan, struct arena *a, struct seccomp_key *ret)
{
	const struct oci_seccomp *s = plan->config;
	const struct scmp_version *v = seccomp_version();
	struct strbuf b = STRBUF(a);

	strbuf_add(&b, magic, sizeof(magic));
	key_str(&b, HUSK_VERSION);
	key_u64(&b, (uint64_t)v->major << 32 | v->minor << 16 | v->micro);
	key_u64(&b, (uint64_t)s->default_action);
	key_u64(&b, HAS(s, oci_seccomp, default_errno_ret));
	key_u64(&b, s->default_errno_ret);
	key_u64(&b, s->architectures.n);
	for (size_t i = 0; i < s->architectures.n; i++)
		key_u64(&b, (uint64_t)s->architectures.v[i]);
	key_u64(&b, s->syscalls.n);
	for (size_t i = 0; i < s->syscalls.n; i++)
		key_syscall(&b, &s->syscalls.v[i]);

	*ret = (struct seccomp_key){ .bytes = b.text, .len = b.len };
	(void)snprintf(ret->file, sizeof(ret->file), "%016llx", (unsigned long long)fnv1a(b.text, b.len));
}

/* Only a regular file that nobody but us can write is believed. */
static int cache_open(int cache_fd, const char *file, size_t *ret_size)
{
	own_fd fd = openat(cache_fd, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return -EPERM;
	*ret_size = (size_t)st.st_size;
	return TAKE_FD(fd);
}

bool seccomp_cache_load(int cache_fd, const struct seccomp_key *key, struct arena *a,
			struct seccomp_filter *ret)
{
	size_t size = 0, code_at = sizeof(struct header) + padded(key->len);
	own_fd fd = cache_open(cache_fd, key->file, &size);

	if (fd < 0 || size <= code_at || size > code_at + BPF_MAXINSNS * sizeof(struct sock_filter))
		return false;
	char *data = arena_alloc(a, size);
	if (read(fd, data, size) != (ssize_t)size)
		return false;

	struct header h;
	memcpy(&h, data, sizeof(h));
	size_t bytes = size - code_at;
	if (memcmp(h.magic, magic, sizeof(magic)) != 0 || h.key_len != key->len ||
	    memcmp(data + sizeof(h), key->bytes, key->len) != 0 ||
	    h.code_len * sizeof(struct sock_filter) != bytes || h.code_hash != fnv1a(data + code_at, bytes))
		return false;
	ret->code = (struct sock_filter *)(void *)(data + code_at);
	ret->len = (unsigned short)h.code_len;
	return true;
}

int seccomp_cache_store(int cache_fd, const struct seccomp_key *key, const struct seccomp_filter *f,
			struct err *e)
{
	own_arena a = arena_new();
	size_t bytes = f->len * sizeof(struct sock_filter),
	       code_at = sizeof(struct header) + padded(key->len);
	struct header h = { .key_len = (uint32_t)key->len,
			    .code_len = f->len,
			    .code_hash = fnv1a(f->code, bytes) };
	char *data = arena_alloc(a, code_at + bytes);

	if (key->len > UINT32_MAX)
		return err_set(e, EFBIG, "cache a seccomp filter");
	memcpy(h.magic, magic, sizeof(magic));
	memcpy(data, &h, sizeof(h));
	memcpy(data + sizeof(h), key->bytes, key->len);
	memcpy(data + code_at, f->code, bytes);
	return file_write_atomic(cache_fd, key->file, data, code_at + bytes, 0600, e);
}
