#include "net/net_private.h"

static const struct {
	int status;
	const char *reason;
	const char *sentence;
} plain[REFUSAL_STATUSES] = {
    {400, "Bad Request", "This is not a request that can be understood in one way only."},
    {408, "Request Timeout", "The request took too long to arrive."},
    {413, "Content Too Large",
     "What you sent is larger than this page takes. Go back, shorten it, and send it again."},
    {414, "URI Too Long", "The address is longer than it may be."},
    {417, "Expectation Failed", "Nothing but 100-continue can be expected."},
    {431, "Request Header Fields Too Large", "The request has more or longer fields than it may."},
    {501, "Not Implemented", "The request uses a method or a coding that is not known here."},
    {503, "Service Unavailable", "The server has no room just now. Please come back later."},
    {505, "HTTP Version Not Supported", "HTTP/1.1 is spoken here."},
};

void refusals_init(struct net_server *server)
{
	for (size_t i = 0; i < REFUSAL_STATUSES; i++) {
		struct refusal *refusal = &server->refusals[i];
		int body = snprintf(refusal->body, sizeof refusal->body, "%s\n", plain[i].sentence);
		int head = snprintf(refusal->head, sizeof refusal->head,
		                    "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
		                    "X-Content-Type-Options: nosniff\r\n"
		                    "Cache-Control: no-store\r\n%sContent-Length: %d\r\n",
		                    plain[i].status, plain[i].reason,
		                    plain[i].status == 503 ? "Retry-After: 10\r\n" : "", body);
		CHECK(body < (int)sizeof refusal->body && head < (int)sizeof refusal->head);
		refusal->status = plain[i].status;
		refusal->answer = (struct net_answer){.head = {refusal->head, (size_t)head},
		                                      .body = {refusal->body, (size_t)body}};
	}
}

const struct net_answer *refusal_find(const struct net_server *server, int status)
{
	size_t i = 0;
	while (i < REFUSAL_STATUSES && server->refusals[i].status != status)
		i++;
	CHECK(i < REFUSAL_STATUSES);
	return &server->refusals[i].answer;
}
