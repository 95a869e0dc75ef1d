'use strict';
// All that a whole-server test needs; a browser's parts are loaded by those who use them.

module.exports = {
  ...require('./site'),
  ...require('./http'),
  ...require('./html'),
  ...require('./process'),
  ...require('./story'),
  ...require('./wait'),
  get browser() {
    return require('./browser').browser;
  },
  get openPage() {
    return require('./browser').openPage;
  },
  get axe() {
    return require('./browser').axe;
  },
  get sidewaysScroll() {
    return require('./browser').sidewaysScroll;
  },
};
