#include "server/edition.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "server/wiring.h"
#include "web/theme.h"

struct held_edition {
	struct edition edition; /* the first member: what others hold points here */
	struct settings *own;   /* NULL: the settings are the site folder's */
	size_t holders;         /* under editions->lock; the current one has one more */
};

struct editions {
	struct editions_options options;
	_Atomic(struct held_edition *) current; /* stored under `lock` */
	pthread_mutex_t lock;
	pthread_mutex_t reload_lock; /* one reload at a time */
};

static void held_edition_free(struct held_edition *held)
{
	if (held == NULL)
		return;
	web_free(held->edition.web);
	settings_free(held->own);
	free(held);
}

/* `*theme` gets the theme, with what is wrong in it; NULL when there is none. */
static Err edition_make(const struct editions *editions, const struct settings *settings,
                        struct theme **theme, struct held_edition **out)
{
	const struct site_folder *folder = editions->options.folder;
	const struct held_edition *before = atomic_load(&editions->current);
	struct web_options options = {
	    .world = &folder->world,
	    .settings = settings,
	    .before = before == NULL ? NULL : before->edition.web,
	    .stream_context = editions->options.live,
	};
	struct held_edition *made = calloc(1, sizeof *made);
	if (made == NULL)
		return fail(ERR_MEMORY, "there is no memory for the templates");
	wire_web(&options);
	Err err = theme_open_of_site(folder->folder, settings_of(settings, &web_settings_table), theme);
	options.theme = *theme;
	if (err == OK)
		err = web_new(&options, &made->edition.web);
	if (err == OK)
		err = web_start_improving(made->edition.web);
	if (err != OK) {
		held_edition_free(made);
		return err;
	}
	made->edition.settings = settings;
	made->holders = 1;
	*out = made;
	return OK;
}

Err editions_open(const struct editions_options *options, struct editions **out)
{
	struct theme *theme = NULL;
	struct held_edition *first;
	struct editions *editions = calloc(1, sizeof *editions);
	if (editions == NULL)
		return fail(ERR_MEMORY, "there is no memory for the templates");
	editions->options = *options;
	pthread_mutex_init(&editions->lock, NULL);
	pthread_mutex_init(&editions->reload_lock, NULL);
	Err err = edition_make(editions, options->folder->settings, &theme, &first);
	if (err == OK) {
		if (theme != NULL)
			theme_log(theme);
		atomic_store(&editions->current, first);
		*out = editions;
	} else {
		editions_close(editions);
	}
	theme_close(theme);
	return err;
}

void editions_close(struct editions *editions)
{
	if (editions == NULL)
		return;
	struct held_edition *last = atomic_load(&editions->current);
	CHECK(last == NULL || last->holders == 1);
	held_edition_free(last);
	pthread_mutex_destroy(&editions->reload_lock);
	pthread_mutex_destroy(&editions->lock);
	free(editions);
}

/* ---- using one ---- */

const struct edition *edition_now(const struct editions *editions)
{
	return &atomic_load(&editions->current)->edition;
}

const struct edition *edition_take(struct editions *editions)
{
	pthread_mutex_lock(&editions->lock);
	struct held_edition *held = atomic_load(&editions->current);
	held->holders++;
	pthread_mutex_unlock(&editions->lock);
	return &held->edition;
}

static void pages_drop(const struct editions *editions)
{
	struct cache *cache = editions->options.folder->world.cache;
	const CacheTag tag = TAG_SITE;
	if (cache != NULL)
		cache_drop(cache, &tag, 1);
}

void edition_give(struct editions *editions, const struct edition *edition)
{
	struct held_edition *held = (struct held_edition *)(uintptr_t)edition;
	pthread_mutex_lock(&editions->lock);
	bool is_last = --held->holders == 0;
	pthread_mutex_unlock(&editions->lock);
	if (!is_last)
		return;
	/* Whoever took it before the swap may have begun its page after the pages were dropped. */
	pages_drop(editions);
	held_edition_free(held);
}

/* ---- a reload ---- */

void reload_report_done(struct reload_report *report)
{
	theme_close(report->theme);
	report->theme = NULL;
}

static Err change_note(const struct setting *row, bool is_taken, void *context)
{
	struct reload_report *report = context;
	if (is_taken && report->taken_count < RELOAD_ROWS_MAX)
		report->taken[report->taken_count++] = row;
	if (!is_taken && report->kept_count < RELOAD_ROWS_MAX)
		report->kept[report->kept_count++] = row;
	return OK;
}

/* A new edition with what the files say now; nothing is changed by it. */
static Err edition_read(const struct editions *editions, struct reload_report *report,
                        struct held_edition **out)
{
	const struct editions_options *options = &editions->options;
	const struct held_edition *before = atomic_load(&editions->current);
	struct settings *settings;
	TRY(site_folder_settings(options->folder->path, options->flags, options->flag_count,
	                         &settings));
	Err err = settings_follow(settings, before->edition.settings, change_note, report);
	if (err == OK)
		err = edition_make(editions, settings, &report->theme, out);
	if (err != OK) {
		settings_free(settings);
		return err;
	}
	(*out)->own = settings;
	if (report->theme == NULL || theme_fault_count(report->theme) == 0)
		return OK;
	held_edition_free(*out);
	theme_set_aside(report->theme);
	size_t count = theme_fault_count(report->theme);
	return fail(ERR_INVALID,
	            "the theme has %s%zu fault%s: nothing is changed, and what was served before is "
	            "served still",
	            count == THEME_FAULTS_MAX ? "at least " : "", count, count == 1 ? "" : "s");
}

/* Whoever asked for it is told elsewhere: this is for whoever looks later. */
static void reload_log(const struct reload_report *report, Err err)
{
	if (err != OK)
		log_error("not reloaded: %.*s", STR(err_text()));
	if (report->theme != NULL)
		theme_log(report->theme);
	if (err != OK)
		return;
	for (size_t i = 0; i < report->taken_count; i++)
		log_info("reloaded with a new value: %s", report->taken[i]->name);
	for (size_t i = 0; i < report->kept_count; i++)
		log_info("kept as it was until %s: %s",
		         setting_needs_restart(report->kept[i]) ? "the server is started anew"
		                                                : "courant upgrade",
		         report->kept[i]->name);
	log_info("settings and theme are reloaded");
}

Err editions_reload(struct editions *editions, struct reload_report *out)
{
	struct held_edition *next;
	*out = (struct reload_report){0};
	pthread_mutex_lock(&editions->reload_lock);
	Err err = edition_read(editions, out, &next);
	if (err == OK) {
		pthread_mutex_lock(&editions->lock);
		struct held_edition *before = atomic_exchange(&editions->current, next);
		pthread_mutex_unlock(&editions->lock);
		net_server_pass(editions->options.net);
		pages_drop(editions);
		edition_give(editions, &before->edition);
	}
	reload_log(out, err);
	pthread_mutex_unlock(&editions->reload_lock);
	return err;
}
