"""As systemd starts a service with a socket of its own: descriptor 3 listens, NOTIFY_SOCKET is
heard. Prints the port and what the service says; SIGTERM is passed on, its exit code is ours."""

import os
import signal
import socket
import sys

listener = socket.create_server(("127.0.0.1", 0))
notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notified.bind(os.environ["COURANT_NOTIFY"])
print("listening on", listener.getsockname()[1], flush=True)


def prepare():
    os.dup2(listener.fileno(), 3)
    os.set_inheritable(3, True)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1",
                      NOTIFY_SOCKET=os.environ["COURANT_NOTIFY"])
    os.execv(sys.argv[1], sys.argv[1:])


service = os.fork()
if service == 0:
    prepare()
listener.close()
signal.signal(signal.SIGTERM, lambda *_: os.kill(service, signal.SIGTERM))
notified.settimeout(0.1)
code = None
while code is None:
    try:
        print(notified.recv(4096).decode(), flush=True)
    except TimeoutError:
        pid, status = os.waitpid(service, os.WNOHANG)
        code = os.waitstatus_to_exitcode(status) if pid else None
sys.exit(code)
