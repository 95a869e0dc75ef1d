// What a story's page does with JavaScript beyond reading: it shares the story, and
// gives each paragraph a link of its own. Nothing is kept, nothing is sent.
"use strict";
{
  const body = document.querySelector(".story-body");
  const status = document.querySelector(".story-status");
  const SAID_MS = 4000;

  // Said at the foot of the window, to the eye and to the ear.
  let quiet = 0;
  const say = (text) => {
    status.textContent = text;
    clearTimeout(quiet);
    quiet = setTimeout(() => (status.textContent = ""), SAID_MS);
  };

  const copy = (text) => (navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject(new Error("no clipboard")));

  // ---- the whole story ----

  const share = document.querySelector(".share");
  if (share) {
    const url = document.querySelector('link[rel="canonical"]').href;
    const title = document.querySelector("h1").textContent;
    const copied = share.parentNode.dataset.copied;
    share.addEventListener("click", () => {
      if (!navigator.share) return copy(url).then(() => say(copied), () => say(url));
      // A reader who closes the browser's sheet has decided; any other failure leaves the link.
      return navigator.share({ title, url }).catch((reason) => {
        if (reason.name !== "AbortError") copy(url).then(() => say(copied), () => say(url));
      });
    });
  }

  // ---- a paragraph ----

  const paragraphs = Array.from(body.querySelectorAll(":scope > p[id]"));
  const locale = document.querySelector(".story").dataset.locale.replace("_", "-");
  const numbers = Intl.NumberFormat.supportedLocalesOf(locale)[0] || "ar-IQ";
  let current = paragraphs[0];
  const words = (sentence) => sentence.replace("{number}", (paragraphs.indexOf(current) + 1).toLocaleString(numbers));

  // One button goes from paragraph to paragraph: with the mouse and a tapping finger to the one
  // meant, with the arrow keys to the next. So it is one stop of the Tab key, however long the story.
  const button = document.createElement("button");
  button.type = "button";
  button.className = "paragraph-link";
  button.setAttribute("aria-label", words(body.dataset.link));

  const show = (paragraph) => {
    current = paragraph;
    button.style.transform = `translateY(${paragraph.offsetTop}px)`;
    button.setAttribute("aria-label", words(body.dataset.link));
    button.classList.add("shown");
  };
  const hide = () => {
    if (document.activeElement !== button) button.classList.remove("shown");
  };
  const paragraphOf = (target) => paragraphs.find((paragraph) => paragraph.contains(target));
  const inView = () => paragraphs.find((paragraph) => paragraph.getBoundingClientRect().bottom > 0) || paragraphs[0];

  const follow = () => {
    const fragment = "#" + current.id;
    history.replaceState(history.state, "", fragment);
    // Without what others have hung on the address that led here.
    copy(document.querySelector('link[rel="canonical"]').href + fragment)
      .then(() => say(words(body.dataset.copied)), () => say(words(body.dataset.addressed)));
  };

  const step = (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = by && paragraphs[paragraphs.indexOf(current) + by];
    if (!by) return;
    event.preventDefault();
    if (!next) return;
    show(next);
    next.scrollIntoView({ block: "nearest" });
    say(words(body.dataset.link));
  };

  if (paragraphs.length > 0) {
    body.append(button);
    const hovers = window.matchMedia("(hover: hover)").matches;
    body.addEventListener("pointerover", (event) => {
      const paragraph = hovers && event.pointerType === "mouse" && paragraphOf(event.target);
      if (paragraph && document.activeElement !== button) show(paragraph);
    });
    // A finger leaves whenever it is lifted, also on its way to press the button.
    body.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && hide());
    body.addEventListener("click", (event) => {
      const paragraph = paragraphOf(event.target);
      const reads = !event.target.closest("a, button") && getSelection().isCollapsed;
      if (!paragraph || !reads) return;
      if (current === paragraph && button.classList.contains("shown")) hide();
      else show(paragraph);
    });
    button.addEventListener("focus", () => show(button.classList.contains("shown") ? current : inView()));
    button.addEventListener("blur", hide);
    button.addEventListener("keydown", step);
    button.addEventListener("click", follow);
  }

  // An old link leads to the paragraph that has the same words now, else to the one that has its
  // number: "#p3-9f2c" to "#p4-9f2c", else to "#p3-0b1a".
  const lead = () => {
    const [, number, hash] = /^#p(\d+)-([0-9a-f]{4})$/.exec(location.hash) || [];
    if (!number || document.getElementById(location.hash.slice(1))) return;
    const same = paragraphs.filter((paragraph) => paragraph.id.endsWith("-" + hash));
    const near = (paragraph) => Math.abs(paragraphs.indexOf(paragraph) + 1 - number);
    const found = same.sort((a, b) => near(a) - near(b))[0] || paragraphs[number - 1];
    if (found) location.replace("#" + found.id);
  };
  window.addEventListener("hashchange", lead);
  lead();
}
