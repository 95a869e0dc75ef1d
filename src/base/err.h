/* What may fail returns an Err; 0 is OK. The sentence that goes with it is kept for the calling
 * thread until its next failure. A visitor's or operator's mistake is an Err with a clear sentence
 * and a next step; ours is a CHECK, which stays on in release. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/str.h"

typedef enum {
	OK = 0,
	ERR_INVALID,     /* the input is wrong: the sentence says how to right it */
	ERR_NOT_FOUND,   /* there is no such thing */
	ERR_GONE,        /* there was, and it was withdrawn */
	ERR_CONFLICT,    /* it clashes with what is there */
	ERR_DENIED,      /* may not */
	ERR_TOO_LARGE,   /* past a named maximum */
	ERR_TOO_MANY,    /* too often: come back later */
	ERR_UNAVAILABLE, /* can't be stored or read just now: come back later */
	ERR_IO,          /* a file, a socket or the database failed */
	ERR_MEMORY,      /* a ceiling or the machine's memory is reached */
	ERR_INTERNAL,    /* none of the visitor's business */
} Err;

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(template, first) __attribute__((format(printf, template, first)))

/* Notes a sentence (cut at ERR_TEXT_MAX bytes) for this thread and returns `code`. */
#define ERR_TEXT_MAX 1024
MUST_CHECK Err fail(Err code, const char *format, ...) PRINTF_LIKE(2, 3);
#ifdef __clang_analyzer__
/* It can't see that fail() never returns OK, and would follow paths that do not exist. */
#define fail(code, ...) ((void)fail((code), __VA_ARGS__), (code))
#endif

/* The sentence of this thread's last failure; valid until its next one. */
Str err_text(void);

/* A failure that is carried from one thread to another. */
struct err_note {
	Err code;
	char text[ERR_TEXT_MAX];
};
void err_note_take(struct err_note *note, Err code);
MUST_CHECK Err err_note_give(const struct err_note *note);

/* Passes a failure up; the only macro that returns. */
#define TRY(call)                                                                                  \
	do {                                                                                           \
		Err try_err = (call);                                                                      \
		if (try_err != OK)                                                                         \
			return try_err;                                                                        \
	} while (0)

/* A promise of ours that must hold; says where and stops the program if it does not. */
#define CHECK(condition)                                                                           \
	do {                                                                                           \
		if (__builtin_expect(!(condition), 0))                                                     \
			check_failed(#condition, __FILE__, __LINE__);                                          \
	} while (0)
_Noreturn void check_failed(const char *condition, const char *file, int line);

/* Released when the variable leaves its scope. */
#define CLEANUP(function) __attribute__((cleanup(function)))

#endif
