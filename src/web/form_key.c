#include "web/web_private.h"

/* Half of a MAC is sent: 128 bits, which nobody guesses. */
#define KEY_RANDOM_BYTES 16
#define KEY_MAC_BYTES 16

struct form_key {
	unsigned char random[KEY_RANDOM_BYTES];
	unsigned char made[8]; /* Time, in this machine's own order: a key never leaves the site */
	unsigned char mac[KEY_MAC_BYTES];
};
_Static_assert(sizeof(struct form_key) == 40, "a key is sent as these bytes, without padding");

static void key_mac(const struct mac_key *site, Str cookie, const struct form_key *key,
                    unsigned char out[MAC_BYTES])
{
	const Str parts[] = {
	    S("form key"), cookie, {(const char *)key, offsetof(struct form_key, mac)}};
	mac_make(site, parts, sizeof parts / sizeof parts[0], out);
}

Err form_key_make(const struct mac_key *site, Str cookie, Time now, struct arena *mem, Str *out)
{
	struct form_key key;
	unsigned char mac[MAC_BYTES];
	random_bytes(key.random, sizeof key.random);
	memcpy(key.made, &now, sizeof key.made);
	key_mac(site, cookie, &key, mac);
	memcpy(key.mac, mac, sizeof key.mac);
	return base64url_format(&key, sizeof key, mem, out);
}

bool form_key_check(const struct mac_key *site, Str cookie, Str text, Time now, Str *id)
{
	struct form_key key;
	unsigned char mac[MAC_BYTES];
	unsigned char sent[MAC_BYTES];
	Time made;
	if (cookie.length == 0 || !base64url_parse(text, &key, sizeof key))
		return false;
	key_mac(site, cookie, &key, mac);
	memcpy(sent, mac, sizeof sent);
	memcpy(sent, key.mac, sizeof key.mac);
	memcpy(&made, key.made, sizeof made);
	if (!mac_equal(mac, sent) || made > now + MINUTE_MS || now - made > FORM_KEY_LIFE_MS)
		return false;
	*id = text;
	return true;
}

Err form_key_of(const struct mac_key *site, const Str *parts, size_t count, Time day,
                struct arena *mem, Str *out)
{
	Str all[12];
	int64_t number = day / DAY_MS;
	unsigned char mac[MAC_BYTES];
	CHECK(count + 2 <= sizeof all / sizeof all[0]);
	all[0] = S("confirmed form");
	all[1] = (Str){(const char *)&number, sizeof number};
	for (size_t i = 0; i < count; i++)
		all[i + 2] = parts[i];
	mac_make(site, all, count + 2, mac);
	return base64url_format(mac, sizeof mac, mem, out);
}
