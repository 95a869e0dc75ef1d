// "Changed since you read it": this browser, and nobody else, remembers the words of the
// stories read last, and says what is different when the reader comes back. The note
// itself is made by first_paint.js, before anything is painted.
//
// A story is kept as "WORDS REVISION TIME" and, on a second line, [headline, summary,
// paragraphs…] as JSON; WORDS is the server's mark of a wording.
"use strict";
{
  const PREFIX = "courant.read.";
  const STORIES_MAX = 40;
  const STORY_MAX = 30000; // UTF-16 units: 60 KB
  const READ_MS = 10000; // who has had the new words before them for so long has read them
  const STEPS_MAX = 400; // of one comparison
  const PAIRS_MAX = 2500; // of paragraphs that are weighed against each other
  const ALIKE = 0.4;

  const article = document.querySelector(".story");
  const note = document.querySelector(".changed");
  const { story, words, revision } = article.dataset;
  const isChanged = !note.hidden;

  const text = (element) => (element ? element.textContent.trim().replace(/\s+/g, " ") : "");
  const blocks = Array.from(document.querySelectorAll(".story-body > :not(button)")).filter(text);
  const wordings = [article.querySelector("h1"), article.querySelector(".story-head .standfirst"), ...blocks].map(text);

  // ---- memory ----

  const all = () => Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  const timeOf = (name) => Number(localStorage.getItem(name).split("\n", 1)[0].split(" ")[2]) || 0;
  const oldest = () => all().sort((a, b) => timeOf(a) - timeOf(b))[0];

  // A story whose words are too many is known to have changed, but not where.
  const remember = () => {
    const kept = JSON.stringify(wordings);
    const value = `${words} ${revision} ${Date.now()}\n${kept.length > STORY_MAX ? "" : kept}`;
    try {
      localStorage.removeItem(PREFIX + story);
      while (all().length >= STORIES_MAX) localStorage.removeItem(oldest());
      for (let room = true; room; ) {
        try {
          localStorage.setItem(PREFIX + story, value);
          return;
        } catch (e) {
          room = Boolean(oldest());
          if (room) localStorage.removeItem(oldest());
        }
      }
    } catch (e) {
      // Storage is switched off: nothing is remembered.
    }
  };

  // Another window may know a newer version than this one shows.
  const isNewest = () => {
    try {
      const [, known] = (localStorage.getItem(PREFIX + story) || "").split("\n", 1)[0].split(" ");
      return !(Number(known) > Number(revision));
    } catch (e) {
      return false;
    }
  };

  const before = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(PREFIX + story).split("\n")[1]);
      return kept.every((wording) => typeof wording === "string") && kept.length > 1 ? kept : null;
    } catch (e) {
      return null;
    }
  };

  // ---- what is different ----

  // The shortest way from one list to the other (Myers 1986), as [kind, item] with kind -1 gone,
  // 0 in both, 1 new; null where it is longer than STEPS_MAX. ends[k + middle] says how far the
  // paths on diagonal k have come in `a`.
  const compare = (a, b) => {
    const most = Math.min(a.length + b.length, STEPS_MAX);
    const middle = most + 1;
    const ends = new Int32Array(2 * middle + 1);
    const trail = [];
    for (let d = 0; d <= most; d++) {
      trail.push(ends.slice(middle - d - 1, middle + d + 2));
      for (let k = -d; k <= d; k += 2) {
        const at = k + middle;
        let x = isDown(ends, at, k, d) ? ends[at + 1] : ends[at - 1] + 1;
        while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
        ends[at] = x;
        if (x >= a.length && x - k >= b.length) return steps(a, b, trail);
      }
    }
    return null;
  };
  const isDown = (ends, at, k, d) => k === -d || (k !== d && ends[at - 1] < ends[at + 1]);
  // Back along the trail; trail[d] begins at diagonal -d - 1.
  const steps = (a, b, trail) => {
    const out = [];
    let x = a.length;
    let y = b.length;
    for (let d = trail.length - 1; d >= 0; d--) {
      const at = x - y + d + 1;
      const from = isDown(trail[d], at, x - y, d) ? 1 : -1;
      const startX = d === 0 ? 0 : trail[d][at + from];
      const startY = d === 0 ? 0 : startX - (x - y + from);
      while (x > startX && y > startY) {
        out.push([0, a[--x]]);
        y--;
      }
      if (d > 0) out.push(x > startX ? [-1, a[--x]] : [1, b[--y]]);
    }
    return out.reverse();
  };
  const differences = (a, b) => {
    let start = 0;
    let end = 0;
    while (start < a.length && start < b.length && a[start] === b[start]) start++;
    while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
    const middle = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
    const same = (items) => items.map((item) => [0, item]);
    const way = compare(...middle) || [...middle[0].map((item) => [-1, item]), ...middle[1].map((item) => [1, item])];
    return [...same(a.slice(0, start)), ...way, ...same(a.slice(a.length - end))];
  };

  const segmenter = Intl.Segmenter && new Intl.Segmenter(document.documentElement.lang, { granularity: "word" });
  const wordsOf = (wording) => (segmenter ? Array.from(segmenter.segment(wording), ({ segment }) => segment)
    : wording.match(/[\p{L}\p{M}\p{N}\u200c\u200d\u2019']+|\s+|[^]/gu) || []);

  // How much of two wordings is the same, from 0 to 1.
  const likeness = (a, b) => {
    const counts = new Map();
    const lists = [a, b].map((wording) => wordsOf(wording).filter((word) => /[\p{L}\p{N}]/u.test(word)));
    for (const word of lists[0]) counts.set(word, (counts.get(word) || 0) + 1);
    let common = 0;
    for (const word of lists[1]) {
      if (counts.get(word) > 0) common++;
      counts.set(word, counts.get(word) - 1);
    }
    return (2 * common) / (lists[0].length + lists[1].length || 1);
  };

  // Between two unchanged paragraphs: which new one is an old one in other words.
  const pair = (gone, come) => {
    const pairs = [];
    let next = 0;
    for (const wording of come) {
      const rest = gone.length * come.length > PAIRS_MAX ? [] : gone.slice(next).map((old) => likeness(old, wording));
      const best = rest.indexOf(Math.max(...rest, ALIKE));
      if (best < 0) {
        pairs.push(["", wording]);
        continue;
      }
      for (const old of gone.slice(next, next + best)) pairs.push([old, ""]);
      pairs.push([gone[next + best], wording]);
      next += best + 1;
    }
    return [...pairs, ...gone.slice(next).map((old) => [old, ""])];
  };

  const changedParagraphs = (old, now) => {
    const pairs = [];
    let gone = [];
    let come = [];
    for (const [kind, wording] of [...differences(old, now), [0, ""]]) {
      if (kind < 0) gone.push(wording);
      else if (kind > 0) come.push(wording);
      else {
        pairs.push(...pair(gone, come));
        gone = [];
        come = [];
      }
    }
    return pairs;
  };

  // ---- showing it ----

  const make = (tag, name, content) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.append(content);
    return made;
  };
  // Neighbours of one kind are one passage; a space between two passages belongs to both.
  const passages = (old, now) => {
    const list = differences(wordsOf(old), wordsOf(now));
    const out = [];
    let gone = "";
    let come = "";
    const close = () => {
      if (gone) out.push([-1, gone]);
      if (come) out.push([1, come]);
      gone = come = "";
    };
    list.forEach(([kind, word], at) => {
      const isBetween = kind === 0 && !word.trim() && (gone || come) && at + 1 < list.length && list[at + 1][0] !== 0;
      if (isBetween) {
        if (gone) gone += word;
        if (come) come += word;
      } else if (kind < 0) gone += word;
      else if (kind > 0) come += word;
      else {
        close();
        out.push([0, word]);
      }
    });
    close();
    return out;
  };
  const shown = ([old, now], label) => {
    const paragraph = document.createElement("p");
    paragraph.dir = "auto";
    if (label) paragraph.append(make("strong", "changed-part", label), " ");
    for (const [kind, passage] of passages(old, now)) {
      if (kind === 0) {
        paragraph.append(passage);
        continue;
      }
      const change = document.createElement(kind < 0 ? "del" : "ins");
      change.append(make("span", "unseen", (kind < 0 ? note.dataset.removed : note.dataset.added) + " "), passage);
      paragraph.append(change);
    }
    return paragraph;
  };

  const list = document.createElement("div");
  list.className = "changed-words";
  list.id = "changed-words";
  list.hidden = true;
  const fill = (old) => {
    const [headline, standfirst, ...paragraphs] = old;
    if (headline !== wordings[0]) list.append(shown([headline, wordings[0]], note.dataset.headline));
    if (standfirst !== wordings[1]) list.append(shown([standfirst, wordings[1]], note.dataset.standfirst));
    for (const change of changedParagraphs(paragraphs, wordings.slice(2))) list.append(shown(change));
  };

  const showButton = note.querySelector(".changed-show");
  const old = isChanged && showButton && before();
  if (old) {
    showButton.setAttribute("aria-expanded", "false");
    showButton.setAttribute("aria-controls", list.id);
    showButton.before(list);
    showButton.addEventListener("click", () => {
      if (!list.hasChildNodes()) fill(old);
      list.hidden = !list.hidden;
      showButton.textContent = list.hidden ? note.dataset.show : note.dataset.hide;
      showButton.setAttribute("aria-expanded", String(!list.hidden));
      remember();
    });
  }
  let isForgotten = false;
  let reading = 0;
  if (isChanged)
    note.querySelector(".changed-forget").addEventListener("click", () => {
      for (const name of all()) localStorage.removeItem(name);
      isForgotten = true;
      clearTimeout(reading);
      note.textContent = note.dataset.forgotten;
      note.tabIndex = -1;
      note.focus();
    });

  // ---- what counts as read ----

  const watch = () => {
    clearTimeout(reading);
    if (document.visibilityState !== "visible" || isForgotten || !isNewest()) return;
    if (!isChanged) remember();
    else reading = setTimeout(remember, READ_MS);
  };
  document.addEventListener("visibilitychange", watch);
  window.addEventListener("pagehide", () => clearTimeout(reading));
  window.addEventListener("pageshow", (event) => event.persisted && watch());
  watch();
}
