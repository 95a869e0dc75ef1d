'use strict';
// HTTP as a test needs it: no redirect followed, nothing added that was not asked for, and raw
// bytes where the point is what no client would send.

const http = require('node:http');
const net = require('node:net');
const zlib = require('node:zlib');

const ANSWER_MS = 30_000;
const DECODE = { gzip: zlib.gunzipSync, br: zlib.brotliDecompressSync, identity: (bytes) => bytes };

// One request on its own connection (or on options.agent's), from options.localAddress, if any. The
// answer has status, headers, body (bytes as sent) and text (decoded). onSent is called when all
// bytes are the kernel's.
function request(url, { method = 'GET', headers = {}, body, agent = false, localAddress, onSent, timeoutMs = ANSWER_MS } = {}) {
  return new Promise((resolve, reject) => {
    const asked = http.request(url, { method, headers, agent, localAddress, timeout: timeoutMs });
    if (onSent) asked.on('finish', onSent);
    asked.on('timeout', () => asked.destroy(new Error(`${method} ${url}: no answer after ${timeoutMs} ms`)));
    asked.on('error', reject);
    asked.on('response', (answer) => {
      const chunks = [];
      answer.on('data', (bytes) => chunks.push(bytes));
      answer.on('error', reject);
      answer.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const decode = DECODE[answer.headers['content-encoding'] || 'identity'];
        const text = bytes.length === 0 || !decode ? '' : decode(bytes).toString();
        resolve({ status: answer.statusCode, headers: answer.headers, body: bytes, text });
      });
    });
    asked.end(body);
  });
}

function get(url, options = {}) {
  return request(url, { ...options, method: options.method || 'GET' });
}

// `fields` is an object, a list of pairs, or a string or Buffer that is sent as it is.
function post(url, fields, options = {}) {
  const raw = typeof fields === 'string' || Buffer.isBuffer(fields);
  const body = raw ? fields : new URLSearchParams(fields).toString();
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': Buffer.byteLength(body),
    ...options.headers,
  };
  return request(url, { ...options, method: 'POST', headers, body });
}

// A visitor with cookies, as a browser without JavaScript is one: visitor(url).get('/path').
function visitor(base) {
  const cookies = new Map();
  const keep = (answer) => {
    for (const line of answer.headers['set-cookie'] || []) {
      const [pair] = line.split(';');
      const name = pair.slice(0, pair.indexOf('='));
      const gone = /;\s*max-age=0\b/i.test(line);
      if (gone) cookies.delete(name);
      else cookies.set(name, pair.slice(name.length + 1));
    }
    return answer;
  };
  const own = (options = {}) => {
    const line = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return { ...options, headers: { ...(line && { Cookie: line }), ...options.headers } };
  };
  return {
    cookies,
    get: (where, options) => get(new URL(where, base), own(options)).then(keep),
    post: (where, fields, options) => post(new URL(where, base), fields, own(options)).then(keep),
  };
}

// Sends bytes as they are and gives back what came until the server closed, or until `answers`
// whole answers have come: { bytes, answers: [{status, headers, body}], closed }. `heads` are the
// positions of those that answer a HEAD and so have no body.
function rawRequest(url, bytes, { answers = Infinity, heads = [], timeoutMs = ANSWER_MS } = {}) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
    let got = Buffer.alloc(0);
    const finish = (closed) => {
      clearTimeout(deadline);
      socket.destroy();
      resolve({ bytes: got, answers: parseAnswers(got, heads), closed });
    };
    const deadline = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end after ${timeoutMs} ms; so far: ${got.toString('latin1').slice(0, 2000)}`));
    }, timeoutMs);
    socket.on('connect', () => socket.write(Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes, 'latin1')));
    socket.on('data', (more) => {
      got = Buffer.concat([got, more]);
      if (parseAnswers(got, heads).length >= answers) finish(false);
    });
    socket.on('close', () => finish(true));
    socket.on('error', (error) => {
      // A server that refuses may close before it has read everything.
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return;
      clearTimeout(deadline);
      reject(error);
    });
  });
}

// The whole answers at the start of `bytes`.
function parseAnswers(bytes, heads = []) {
  const found = [];
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return found;
    const [first, ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
    if (!status) throw new Error(`not an HTTP/1.1 answer: ${first}`);
    const headers = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const body = takeBody(rest.subarray(end + 4), status, headers, heads.includes(found.length));
    if (!body) return found;
    found.push({ status, headers, body: body.bytes });
    rest = rest.subarray(end + 4 + body.length);
  }
}

// The body's bytes and its length on the wire; null while it is incomplete.
function takeBody(bytes, status, headers, isHead) {
  if (isHead || status < 200 || status === 204 || status === 304) return { bytes: Buffer.alloc(0), length: 0 };
  if (headers['transfer-encoding'] === 'chunked') return takeChunks(bytes);
  const length = Number(headers['content-length']);
  if (!Number.isInteger(length)) throw new Error('an answer without Content-Length');
  return bytes.length < length ? null : { bytes: bytes.subarray(0, length), length };
}

function takeChunks(bytes) {
  const parts = [];
  let at = 0;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return null;
    const size = parseInt(bytes.subarray(at, line).toString('latin1'), 16);
    if (bytes.length < line + 2 + size + 2) return null;
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
    if (size === 0) return { bytes: Buffer.concat(parts), length: at };
  }
}

module.exports = { request, get, post, visitor, rawRequest, parseAnswers };
