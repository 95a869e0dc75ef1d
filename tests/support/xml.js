'use strict';
// XML as a test needs it, by Python's expat, since Node has no parser: what is not well-formed
// throws.

const { run } = require('./process');

const READ = `
import json, sys
from xml.etree import ElementTree
def tree(node):
    return {'name': node.tag, 'attributes': dict(node.attrib), 'text': node.text or '',
            'children': [tree(child) for child in node]}
print(json.dumps(tree(ElementTree.fromstring(sys.stdin.buffer.read()))))`;

// The root: { name, attributes, text, children }. Names are "{namespace}local".
async function parseXml(text) {
  const done = await run(['python3', '-c', READ], { stdin: text });
  if (done.code !== 0) throw new Error(`${done.stderr.trim().split('\n').at(-1)}:\n${text.slice(0, 2000)}`);
  return JSON.parse(done.stdout);
}

const children = (node, name) => node.children.filter((child) => child.name === name);
const child = (node, name) => children(node, name)[0];
const textOf = (node, name) => child(node, name)?.text;

module.exports = { parseXml, children, child, textOf };
