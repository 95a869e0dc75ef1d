// What happens while a page is open: breaking news comes and goes, and a story that was changed or
// withdrawn says so, as do replies that are new. Nothing moves of what is being read: what is news
// stands at the foot of the window, new replies on a line of their own that has its room from the
// start. Nothing of the reader is kept, and nothing is sent but the page's language, its age and the
// story's number.
"use strict";
{
  const START_MS = 1000; // who leaves at once needs no stream
  const HIDDEN_MS = 15000; // a page that nobody sees closes its stream
  const BACK_MS = 15000; // after an answer that is no stream; doubled, up to
  const BACK_MAX_MS = 600000;
  const AGE_MARGIN_MS = 2000; // what the request for the stream may take
  const AGE_MAX_MS = 86400000;
  const BAR_MAX = 3;
  const TIMER_MAX_MS = 2147483647;

  const notes = document.querySelector(".live");
  const article = document.querySelector(".story[data-story]");
  const words = (document.querySelector(".story-status") || {}).dataset || {};
  const line = document.querySelector(".new-replies");

  const make = (tag, name, ...content) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.append(...content);
    return made;
  };
  const makeButton = (name, text, press) => {
    const button = make("button", name, text);
    button.type = "button";
    button.addEventListener("click", press);
    return button;
  };
  // The page as it is now: from the browser's cache, if the server says that it is still the same.
  const fetchPage = async () => {
    const answer = await fetch(location.pathname + location.search, { cache: "no-cache", headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return { status: answer.status, page };
  };

  // ---- notes at the foot of the window ----

  const note = (name, close, ...content) => {
    const made = make("div", "live-note " + name, ...content);
    const button = makeButton("live-close", "×", close);
    button.setAttribute("aria-label", notes.dataset.close);
    made.append(button);
    const before = notes.querySelector("." + name);
    if (before) before.replaceWith(made);
    else notes.append(made);
  };
  const drop = (name) => {
    const made = notes.querySelector("." + name);
    if (made) made.remove();
  };

  // ---- breaking news ----

  // The bar that came with the page keeps its room, whatever becomes of its stories; those that are
  // new stand at the foot of the window.
  const bar = document.querySelector(".breaking-bar");
  const rows = Array.from(document.querySelectorAll(".breaking-bar li"));
  const itemOf = (row) => {
    const link = row.querySelector("a");
    return { url: link.getAttribute("href"), headline: link.textContent, lang: row.lang, dir: row.dir, until: Number(row.dataset.until) };
  };
  const closed = new Set();
  let items = rows.map(itemOf);
  let ahead = 0; // of the server's clock over this one
  let nextEnd = 0;
  let shownNow = "";

  const showRows = (current) => {
    for (const row of rows) {
      const item = current.find(({ url }) => url === itemOf(row).url);
      row.style.visibility = item ? "" : "hidden";
      if (item && item.headline !== row.textContent.trim()) row.querySelector("a").textContent = item.headline;
    }
    if (bar) bar.style.visibility = rows.some((row) => !row.style.visibility) ? "" : "hidden";
  };
  const showNew = (come) => {
    const shown = JSON.stringify(come);
    if (shown === shownNow) return;
    shownNow = shown;
    if (come.length === 0) {
      drop("live-breaking");
      return;
    }
    const list = make("ul", "", ...come.map(({ url, headline, lang, dir }) => {
      const link = make("a", "", headline);
      const row = make("li", "", link);
      link.href = url;
      row.lang = lang;
      row.dir = dir;
      return row;
    }));
    const close = () => {
      for (const { url } of come) closed.add(url);
      showBar();
    };
    note("live-breaking", close, make("p", "flag", notes.dataset.breaking), list);
  };
  const showBar = () => {
    const now = Date.now() + ahead;
    const current = items.filter(({ until, story }) => until > now && String(story) !== notes.dataset.leading).slice(0, BAR_MAX);
    const isIn = ({ url }) => rows.some((row) => itemOf(row).url === url);
    showRows(current);
    showNew(current.filter((item) => !isIn(item) && !closed.has(item.url)));
    clearTimeout(nextEnd);
    if (current.length === 0) return;
    const end = Math.min(...current.map(({ until }) => until)) - now;
    nextEnd = setTimeout(showBar, Math.min(end + 1, TIMER_MAX_MS));
  };

  // ---- the story ----

  const changed = article ? Number(article.dataset.changed) : 0;
  let said = changed;
  // The page is loaded again: changed.js then says what is different, and a draft is kept.
  const reload = (isCorrected) => {
    if (isCorrected) history.replaceState(history.state, "", "#corrections");
    location.reload();
  };
  const showStory = ({ kind, at }) => {
    if (!article) return;
    if (kind === "back") drop("live-story");
    if (kind === "withdrawn") note("live-story", () => drop("live-story"), make("p", "", words.withdrawn));
    if (!(kind === "back" ? at > changed : at > said && kind !== "withdrawn")) return;
    said = at;
    const isCorrected = kind === "corrected";
    const button = makeButton("", words.show, () => reload(isCorrected));
    note("live-story", () => drop("live-story"), make("p", "", isCorrected ? words.corrected : words.updated), button);
  };

  // ---- replies ----

  const fresh = new Set();
  const digits = () => {
    const locale = article.dataset.locale.replace("_", "-");
    return fresh.size.toLocaleString(Intl.NumberFormat.supportedLocalesOf(locale)[0] || "ar-IQ");
  };
  const sayReplies = () => {
    const form = line.dataset[new Intl.PluralRules(document.documentElement.lang).select(fresh.size)] || line.dataset.other;
    const text = form.replace("{n}", fresh.size === 0 ? "" : digits());
    const button = line.firstElementChild;
    if (fresh.size === 0) line.replaceChildren();
    else if (button) button.textContent = text;
    else line.append(makeButton("", text, showReplies));
  };
  const addReply = (id) => {
    const known = document.getElementById("reply-" + id);
    if (known) known.style.visibility = "";
    else if (line) fresh.add(id);
    if (line) sayReplies();
  };
  const removeReply = (id) => {
    const known = document.getElementById("reply-" + id);
    fresh.delete(id);
    // Its room stays, so that nothing moves.
    if (known) known.style.visibility = "hidden";
    if (line) sayReplies();
  };
  const idOf = (reply) => Number(reply.id.slice("reply-".length));

  // Puts the new ones below those that are here. Where they are on a later page, leads there.
  const showReplies = async () => {
    const { page } = await fetchPage().catch(() => ({ page: null }));
    const theirs = page && page.querySelector("#replies .reply-list");
    if (!theirs) {
      location.reload();
      return;
    }
    const ours = document.querySelector("#replies .reply-list");
    const come = Array.from(theirs.children).filter((row) => !document.getElementById(row.firstElementChild.id));
    const later = page.querySelector('#replies a[rel="next"]');
    if (come.length === 0 && later) {
      location.assign(later.getAttribute("href"));
      return;
    }
    if (ours) ours.append(...come);
    else line.before(theirs);
    const heads = [document, page].map((from) => from.querySelector("#replies > h2:not([id])"));
    if (heads[0]) heads[0].replaceWith(heads[1]);
    else document.querySelector("#replies .reply-list").before(heads[1]);
    const empty = document.querySelector(".no-replies");
    if (empty) empty.remove();
    for (const row of come) fresh.delete(idOf(row.firstElementChild));
    if (!later) fresh.clear(); // the rest has been hidden meanwhile
    sayReplies();
    if (come[0]) come[0].firstElementChild.focus();
  };

  // ---- looking for oneself ----

  const look = async () => {
    const { status, page } = await fetchPage();
    if (article && status === 410) showStory({ kind: "withdrawn" });
    if (status !== 200) return;
    items = Array.from(page.querySelectorAll(".breaking-bar li"), itemOf);
    showBar();
    const story = page.querySelector(".story");
    if (!article || !story) return;
    const isCorrected = page.querySelectorAll(".corrections li").length > document.querySelectorAll(".corrections li").length;
    showStory({ kind: isCorrected ? "corrected" : "updated", at: Number(story.dataset.changed) });
    for (const reply of page.querySelectorAll(".reply")) addReply(idOf(reply));
  };

  // ---- the stream ----

  let source = null;
  let since = ""; // the id of the last event
  let hiding = 0;
  let coming = 0;
  let wait = BACK_MS;

  const close = () => {
    clearTimeout(hiding);
    clearTimeout(coming);
    if (source) source.close();
    source = null;
  };
  const listen = (name, act) =>
    source.addEventListener(name, (event) => {
      since = event.lastEventId;
      act(JSON.parse(event.data));
    });
  const address = () => {
    const query = new URLSearchParams({ lang: document.documentElement.lang });
    // A computer that was asleep has a clock that went on.
    const age = Math.max(performance.now(), Date.now() - performance.timeOrigin) + AGE_MARGIN_MS;
    if (article) query.set("story", article.dataset.story);
    if (since) query.set("since", since);
    else query.set("age", Math.round(Math.min(age, AGE_MAX_MS)));
    return "/events?" + query;
  };
  const open = () => {
    clearTimeout(hiding);
    if (source || document.visibilityState !== "visible") return;
    try {
      // Browsers have few connections for one site: whoever is not seen gives theirs back.
      localStorage.setItem("courant.live", Math.random());
    } catch (e) {}
    source = new EventSource(address());
    source.addEventListener("error", () => {
      // A connection that broke comes back by itself, as the server said when.
      if (!source || source.readyState !== EventSource.CLOSED) return;
      close();
      coming = setTimeout(open, wait * (1 + Math.random()));
      wait = Math.min(wait * 2, BACK_MAX_MS);
    });
    listen("hello", (now) => {
      ahead = now - Date.now();
      wait = BACK_MS;
      showBar();
    });
    listen("reset", () => look().catch(() => {}));
    listen("bar", (come) => {
      if (!come) {
        look().catch(() => {});
        return;
      }
      items = come;
      showBar();
    });
    listen("story", showStory);
    listen("reply", addReply);
    listen("reply-gone", removeReply);
  };
  const watch = () => {
    if (document.visibilityState === "visible") open();
    else if (source) hiding = setTimeout(close, HIDDEN_MS);
  };

  // Whoever saves data asks for a page when they want one.
  const saves = (navigator.connection && navigator.connection.saveData) || matchMedia("(prefers-reduced-data: reduce)").matches;
  if (notes && window.EventSource && !saves) {
    showBar();
    const begin = () => {
      setTimeout(watch, START_MS);
      document.addEventListener("visibilitychange", watch);
      window.addEventListener("pagehide", close);
      window.addEventListener("pageshow", (event) => event.persisted && watch());
      window.addEventListener("storage", ({ key }) => key === "courant.live" && document.visibilityState === "hidden" && close());
    };
    if (document.readyState === "complete") begin();
    else window.addEventListener("load", begin);
  }
}
