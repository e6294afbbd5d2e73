/* A main() for fuzz targets without libFuzzer: run every file of the directories named on the command line.
 */
#include "base/file.h"
#include "base/own.h"

#include <fcntl.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_directory(const char *path, struct err *e)
{
	own_dir directory = opendir(path);
	int count = 0;

	if (!directory)
		return err_set(e, errno, "open %s", path);
	for (const struct dirent *d; (d = readdir(directory));) {
		own_arena a = arena_new();
		char *text;
		size_t len;

		if (d->d_name[0] == '.')
			continue;
		TRY_IN(file_read(dirfd(directory), d->d_name, 64 << 20, a, &text, &len, e), e, "%s", path);
		(void)LLVMFuzzerTestOneInput((const uint8_t *)text, len);
		count++;
	}
	return count;
}

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;

	for (int i = 1; i < argc; i++) {
		int n = replay_directory(argv[i], &e);

		if (n < 0) {
			fprintf(stderr, "replay: %s\n", e.text);
			return 1;
		}
		printf("%s: %d files\n", argv[i], n);
	}
	return 0;
}
