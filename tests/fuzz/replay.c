/* A main() for fuzz targets without libFuzzer: run every file of one corpus directory.
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
	const char *directory = argc > 1 ? argv[1] : CORPUS;
	struct err e = ERR_INIT;
	int n = replay_directory(directory, &e);

	if (n <= 0) {
		fprintf(stderr, "replay: %s: %s\n", directory, n < 0 ? e.text : "no files");
		return 1;
	}
	printf("%s: %d files\n", directory, n);
	return 0;
}
