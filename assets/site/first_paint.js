{
  // What a story needs before it is painted, so that nothing moves afterwards: the reader's text size,
  // a button where something can be shared, and the note that the story has changed.
  const one = (selector) => document.querySelector(selector);
  const add = (parent, tag, name, text) => {
    const made = document.createElement(tag);
    made.className = name;
    made.textContent = text;
    if (tag === "button") made.type = "button";
    return parent.appendChild(made);
  };
  try {
    one("#text-size-" + localStorage.getItem("courant.text-size")).checked = true;
  } catch (e) {}
  const tools = one(".story-tools");
  if (navigator.share || navigator.clipboard) add(tools, "button", "share", tools.dataset.share);
  try {
    const story = one(".story").dataset;
    const kept = localStorage.getItem("courant.read." + story.story).split("\n", 2);
    const [words, revision, time] = kept[0].split(" ");
    if (words !== story.words && +revision < +story.revision) {
      const note = one(".changed");
      let locale = story.locale.replace("_", "-");
      let month = "long";
      if (!Intl.DateTimeFormat.supportedLocalesOf(locale)[0]) {
        locale = "ar-IQ";
        month = "numeric";
      }
      // In the site's zone, as all times of the page are; a browser may not know its name.
      let timeZone = story.zone || undefined;
      try {
        new Intl.DateTimeFormat("en", { timeZone });
      } catch (e) {
        timeZone = undefined;
      }
      const text = (options) => new Date(+time).toLocaleString(locale, { timeZone, ...options });
      const when = note.dataset.when
        .replace("{day}", text({ day: "numeric", month, year: "numeric" }))
        .replace("{clock}", text({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }));
      add(note, "p", "changed-when", when);
      if (kept[1]) add(note, "button", "changed-show", note.dataset.show);
      add(note, "button", "changed-forget", note.dataset.forget);
      note.hidden = false;
    }
  } catch (e) {}
}
