/* The standard streams of a program without a terminal. */
#pragma once

#include <sys/types.h>

/*
 * Make pipes and sockets on 0, 1 and 2 the user's, so that it can open /dev/stdout again. What cannot be
 * changed stays as it is, and a file or device of the caller's is never touched.
 */
void stdio_give(uid_t uid);
