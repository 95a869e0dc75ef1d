'use strict';
// A network between a server and its database that fails on demand: a proxy on 127.0.0.1.

const net = require('node:net');

class Far {
  // Passes on to the server of a URL.
  static async open(url) {
    const far = new Far();
    const { hostname, port } = new URL(url);
    far.links = new Set();
    far.state = 'passes';
    far.listener = net.createServer({ pauseOnConnect: true }, (client) => far.accept(client, { host: hostname, port: Number(port) }));
    await new Promise((resolve) => far.listener.listen(0, '127.0.0.1', resolve));
    far.port = far.listener.address().port;
    return far;
  }

  // The URL with this in between.
  url(url) {
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String(this.port);
    return through.href;
  }

  accept(client, to) {
    if (this.state === 'refuses') {
      client.destroy();
      return;
    }
    const server = net.connect(to);
    const link = [client, server];
    this.links.add(link);
    for (const [from, other] of [[client, server], [server, client]]) {
      from.on('data', (bytes) => other.write(bytes));
      from.on('error', () => {});
      from.on('close', () => {
        other.destroy();
        this.links.delete(link);
      });
    }
    client.resume();
  }

  // As a server that is gone: connections break, and new ones are refused.
  refuse() {
    this.state = 'refuses';
    this.break();
  }

  break() {
    for (const [client, server] of this.links) {
      client.destroy();
      server.destroy();
    }
  }

  // Connections that lost something are broken; new ones pass.
  mend() {
    this.state = 'passes';
  }

  close() {
    this.break();
    this.listener.close();
  }
}

module.exports = { Far };
