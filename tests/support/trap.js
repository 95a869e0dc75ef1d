'use strict';
// A page on which running code is noticed, whatever the site's policy says.

const { openPage } = require('./browser');

// `open(html | url)` loads and stirs a page; `executions` is empty for ever, or says what ran.
async function trap(chromium, site) {
  const { context, page } = await openPage(chromium, { bypassCSP: true });
  const executions = [];
  await context.exposeFunction('xssHappened', (what) => executions.push(what));
  await context.addInitScript(() => {
    const happened = (what) => globalThis.xssHappened(`${what} on ${location.href}`);
    globalThis.xss = () => happened('xss()');
    for (const name of ['alert', 'confirm', 'prompt', 'print']) globalThis[name] = () => happened(name);
  });
  page.on('dialog', (dialog) => {
    executions.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await context.route('http://elsewhere.invalid/**', (route) => route.abort());
  let current;
  await page.route('**/shown', (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: current }));
  const stir = () => page.evaluate(() => {
    for (const element of document.querySelectorAll('main *, body > *')) {
      for (const type of ['mouseover', 'focus', 'toggle', 'load', 'error'])
        element.dispatchEvent(new Event(type));
      if (element.tagName === 'DETAILS') element.open = true;
    }
  });
  return {
    executions,
    page,
    close: () => context.close(),
    open: async (what) => {
      current = what;
      await page.goto(/^http/.test(what) ? what : `${site.url}/shown`);
      await stir();
    },
  };
}

module.exports = { trap };
