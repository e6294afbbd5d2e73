/* The standard streams of a program without a terminal. */
#include "life/stdio.h"

#include <sys/stat.h>
#include <unistd.h>

void stdio_give(uid_t uid)
{
	struct stat st;

	for (int fd = 0; fd < 3; fd++)
		if (fstat(fd, &st) == 0 && st.st_uid != uid && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
			(void)!fchown(fd, uid, (gid_t)-1);
}
