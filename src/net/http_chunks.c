#include "net/http_private.h"

/* 15 hexadecimal digits can't overflow 64 bits. */
#define MAX_SIZE_DIGITS 15

enum {
	SIZE, /* must be 0, the start */
	EXTENSION,
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER_START,
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	END_LF,
	END,
	BAD,
};

static unsigned after_size(struct http_chunks *chunks, char byte)
{
	int digit = str_hex_digit(byte);
	if (digit >= 0) {
		if (++chunks->digits > MAX_SIZE_DIGITS)
			return BAD;
		chunks->left_bytes = chunks->left_bytes * 16 + (unsigned)digit;
		return SIZE;
	}
	if (chunks->digits == 0)
		return BAD;
	if (byte == '\r')
		return SIZE_LF;
	if (byte != ';')
		return BAD; /* white space before the semicolon too */
	chunks->overhead_bytes++;
	return EXTENSION;
}

static unsigned after_size_line(struct http_chunks *chunks)
{
	chunks->digits = 0;
	return chunks->left_bytes > 0 ? DATA : TRAILER_START;
}

/* `place` after one byte of what is not content. CR and LF come only together. */
static unsigned place_after(struct http_chunks *chunks, char byte)
{
	switch (chunks->place) {
	case SIZE:
		return after_size(chunks, byte);
	case EXTENSION:
		chunks->overhead_bytes++;
		if (byte == '\r')
			return SIZE_LF;
		return http_byte_is_value(byte) ? EXTENSION : BAD;
	case SIZE_LF:
		return byte == '\n' ? after_size_line(chunks) : BAD;
	case DATA_CR:
		return byte == '\r' ? DATA_LF : BAD;
	case DATA_LF:
		return byte == '\n' ? SIZE : BAD;
	case TRAILER_START:
		chunks->overhead_bytes++;
		if (byte == '\r')
			return END_LF;
		return http_byte_is_token(byte) ? TRAILER_NAME : BAD;
	case TRAILER_NAME:
		chunks->overhead_bytes++;
		if (byte == ':')
			return TRAILER_VALUE;
		return http_byte_is_token(byte) ? TRAILER_NAME : BAD;
	case TRAILER_VALUE:
		chunks->overhead_bytes++;
		if (byte == '\r')
			return TRAILER_LF;
		return http_byte_is_value(byte) ? TRAILER_VALUE : BAD;
	case TRAILER_LF:
		return byte == '\n' ? TRAILER_START : BAD;
	case END_LF:
		return byte == '\n' ? END : BAD;
	default:
		return BAD;
	}
}

enum http_parse_result http_chunks_next(struct http_chunks *chunks, Str *input, Str *data)
{
	*data = str_slice(*input, 0, 0);
	while (input->length > 0) {
		if (chunks->place == DATA) {
			size_t length =
			    input->length < chunks->left_bytes ? input->length : (size_t)chunks->left_bytes;
			*data = str_slice(*input, 0, length);
			*input = str_from(*input, length);
			chunks->left_bytes -= length;
			if (chunks->left_bytes == 0)
				chunks->place = DATA_CR;
			return HTTP_INCOMPLETE;
		}
		chunks->place = place_after(chunks, input->bytes[0]);
		if (chunks->place == BAD || chunks->overhead_bytes > HTTP_MAX_CHUNK_OVERHEAD_BYTES)
			return HTTP_REFUSED;
		*input = str_from(*input, 1);
		if (chunks->place == END)
			return HTTP_PARSED;
	}
	return HTTP_INCOMPLETE;
}
