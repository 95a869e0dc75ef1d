// What the reader's pages do with JavaScript, all of it optional: they remember
// the text size, fetch the key of a reply before it is sent, and keep an unsent
// reply. Nothing of the reader is kept but the size and the text of the draft.
"use strict";

// Storage may be switched off or full; then the page simply does not remember.
const memoryIn = (storage) => ({
  get(name) {
    try {
      return window[storage].getItem(name);
    } catch (e) {
      return null;
    }
  },
  set(name, value) {
    try {
      if (value) window[storage].setItem(name, value);
      else window[storage].removeItem(name);
    } catch (e) {
      // Not remembered.
    }
  },
});
const memory = memoryIn("localStorage");
const visit = memoryIn("sessionStorage");

// Text size: the radios hold the state; the script beside them has already set
// the remembered one before the text was painted.
function rememberTextSize() {
  const show = (size) => {
    const radio = document.getElementById("text-size-" + size);
    if (radio) radio.checked = true;
  };
  for (const radio of document.querySelectorAll('input[name="text-size"]')) {
    radio.addEventListener("change", () => memory.set("courant.text-size", radio.value));
  }
  // A page that comes back from the browser's cache may be of an older choice.
  window.addEventListener("pageshow", () => show(memory.get("courant.text-size")));
}

// The key makes a reply count once however often it is sent: under one key the
// same words are one reply, and other words another. A cached page has none; it is
// fetched when the form is first touched, and kept for who goes back and sends
// again. Without it the server asks the reader to confirm, so a slow answer only
// costs that page.
function keepKey(form) {
  const WAIT_MS = 2000;
  const button = form.querySelector("button[type=submit]");
  const key = form.elements.key;
  const kept = "courant.key " + form.getAttribute("action");
  let fetching = null;
  let sending = false;

  // The server has asked to confirm: the key that it was given is too old.
  if (document.querySelector(".confirm-form")) visit.set(kept, "");
  key.value = visit.get(kept) || key.value;
  visit.set(kept, key.value);

  const fetchKey = () => {
    if (key.value || fetching) return fetching;
    fetching = fetch(form.dataset.keyUrl, { headers: { Accept: "application/json" }, cache: "no-store" })
      .then((answer) => (answer.ok ? answer.json() : {}))
      .then((answer) => {
        key.value = answer.key || "";
        visit.set(kept, key.value);
      })
      .catch(() => {})
      .then(() => {
        fetching = null;
      });
    return fetching;
  };

  form.addEventListener("focusin", fetchKey);

  form.addEventListener("submit", (event) => {
    if (sending) {
      event.preventDefault();
      return;
    }
    sending = true;
    button.disabled = true;
    if (key.value) return;
    event.preventDefault();
    const late = new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    Promise.race([fetchKey(), late]).then(() => form.submit());
  });

  window.addEventListener("pageshow", () => {
    sending = false;
    button.disabled = false;
  });
}

// The draft is kept until the server has accepted the reply, which shows in the
// address: it then leads to #reply-12, and not from where it was sent. A reader
// who follows such a link without having sent anything keeps the draft.
function keepDraft(form) {
  const text = form.elements.text;
  const draft = "courant.draft " + form.getAttribute("action");
  const sent = "courant.sent " + form.getAttribute("action");

  const from = memory.get(sent);
  if (from && from !== location.hash && /^#reply-\d+$/.test(location.hash)) memory.set(draft, "");
  memory.set(sent, "");

  const kept = memory.get(draft);
  if (kept && !text.value) {
    text.value = kept;
    const note = form.querySelector(".draft-note");
    note.textContent = note.dataset.kept;
  }
  text.addEventListener("input", () => memory.set(draft, text.value));
  // The confirm page has a second form with the same action.
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") === form.getAttribute("action")) memory.set(sent, location.hash || "#");
  });
}

rememberTextSize();
const replyForm = document.getElementById("reply-form");
if (replyForm) {
  keepKey(replyForm);
  keepDraft(replyForm);
}
