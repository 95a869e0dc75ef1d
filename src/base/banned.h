/* Included in every file by the build: what no file here may call, because something beside it
 * does the same safely. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* The libc headers must come first, or the poison would hit their own declarations. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __clang__
/* With _FORTIFY_SOURCE these two are macros for clang, which can't be poisoned. */
#undef sprintf
#undef vsprintf
#pragma clang poison strcpy strcat strncpy strncat sprintf vsprintf strtok gets atoi atol atof
#pragma clang poison strdup asctime ctime localtime gmtime tmpnam mktemp
#else
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok gets atoi atol atof
#pragma GCC poison strdup asctime ctime localtime gmtime tmpnam mktemp
#endif

#endif
