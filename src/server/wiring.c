#include "server/wiring.h"

#include <sodium.h>

#include "base/embedded.h"
#include "i18n/i18n.h"
#include "pages/pages.h"
#include "server/process.h"
#include "server/remaking.h"
#include "server/serve.h"
#include "site/views.h"

const struct setting_table *const all_settings[] = {
    &server_settings_table,      &web_settings_table,   &stories_settings_table,
    &site_settings_table,        &net_settings_table,   &db_settings_table,
    &site_folder_settings_table, &watch_settings_table, &access_log_settings_table,
};
const size_t all_settings_count = sizeof all_settings / sizeof all_settings[0];

Err all_db_tables(struct arena *mem, struct db_table **out, size_t *count_out)
{
	size_t count = site_table_count + stories_table_count + pages_table_count + replies_table_count;
	struct db_table *tables = ARENA_ARRAY(mem, struct db_table, count);
	if (tables == NULL)
		return ERR_MEMORY;
	struct db_table *next = tables;
	memcpy(next, site_tables, site_table_count * sizeof *tables);
	next += site_table_count;
	memcpy(next, stories_tables, stories_table_count * sizeof *tables);
	next += stories_table_count;
	memcpy(next, pages_tables, pages_table_count * sizeof *tables);
	next += pages_table_count;
	memcpy(next, replies_tables, replies_table_count * sizeof *tables);
	*out = tables;
	*count_out = count;
	return OK;
}

Err all_verify(struct db *db)
{
	DB_READ connection = NULL;
	TRY(db_read_begin(db, &connection));
	TRY(db_read_stream(connection));
	TRY(stories_verify(connection));
	return replies_verify(connection);
}

/* In the order in which an address is looked for: the named ones before those that begin with any
 * section. */
static const struct route_table *const routes[] = {&replies_routes, &site_routes};
static const struct template_bindings *const bindings[] = {&pages_bindings, &replies_bindings,
                                                           &site_bindings};

void wire_web(struct web_options *options)
{
	options->routes = routes;
	options->route_table_count = sizeof routes / sizeof routes[0];
	options->bindings = bindings;
	options->binding_count = sizeof bindings / sizeof bindings[0];
	options->fill_frame = site_fill_frame;
	options->stream_route = &live_stream_route;
	options->answer_stream = live_answer_stream;
}

void wire_live(struct live_options *options)
{
	options->bar = site_live_bar;
}

size_t wire_metrics(const struct watched *parts, struct traffic *traffic, struct access_log *log,
                    struct metric_source out[METRIC_SOURCES_MAX])
{
	const struct metric_source sources[] = {
	    {&traffic_metrics, traffic},          {&net_metrics, parts->net},
	    {&cache_metrics, parts->cache},       {&workers_metrics, parts->workers},
	    {&remaking_metrics, parts->remaking}, {&db_metrics, parts->db},
	    {&process_metrics, parts->db},        {&access_log_metrics, log},
	};
	size_t count = sizeof sources / sizeof sources[0];
	CHECK(count <= METRIC_SOURCES_MAX);
	memcpy(out, sources, sizeof sources);
	return count;
}

void all_schema(Str database, char out[SCHEMA_MAX])
{
	unsigned char hash[SCHEMA_MAX / 2];
	const int rules = TEXT_FOLD_RULES;
	crypto_generichash_state state;
	crypto_generichash_init(&state, NULL, 0, sizeof hash);
	crypto_generichash_update(&state, (const unsigned char *)&rules, sizeof rules);
	crypto_generichash_update(&state, (const unsigned char *)database.bytes, database.length);
	for (size_t i = 0; i < embedded_migration_count; i++) {
		const struct embedded_file *file = &embedded_migrations[i];
		crypto_generichash_update(&state, (const unsigned char *)file->name, strlen(file->name));
		crypto_generichash_update(&state, (const unsigned char *)file->hash, strlen(file->hash));
	}
	crypto_generichash_final(&state, hash, sizeof hash);
	sodium_bin2hex(out, SCHEMA_MAX, hash, sizeof hash);
}

bool setting_needs_restart(const struct setting *row)
{
	return strcmp(row->name, "server.listen") == 0 || strcmp(row->name, "site.database") == 0;
}
