"""The surroundings of the module in the tests: an nginx, an upstream that keeps its requests, and a client.

Everything runs on 127.0.0.1, on free ports, in a temporary folder, and within a time limit.
"""

import os
import shutil
import signal
import socket
import socketserver
import subprocess
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MODULE = os.path.join(HERE, "..", "target", "ngx_http_umsoap_module.so")
# The name has its path, since a new binary is executed by the name of the old one.
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin") or "nginx"
# The seconds that a socket or a process may take. Under valgrind nginx is some fifty times slower.
PATIENCE = 30


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Seen:
    """A request as an upstream saw it."""

    def __init__(self, path, headers, body, whole):
        self.path, self.headers, self.body, self.whole = path, headers, body, whole


class Upstream(socketserver.ThreadingTCPServer):
    """Answers every request with 200 and its name, and keeps its requests, whole or not."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, name, early=False, headers=b""):
        super().__init__(("127.0.0.1", 0), UpstreamConnection)
        self.name, self.early, self.headers = name, early, headers
        self.seen, self.lock = [], threading.Lock()
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def add(self, seen):
        with self.lock:
            self.seen.append(seen)

    def take(self):
        """Returns the requests that were seen since the last call."""
        with self.lock:
            seen, self.seen = self.seen, []
        return seen

    def wait(self, count=1):
        """Returns these requests as soon as there are that many."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with self.lock:
                if len(self.seen) >= count:
                    break
            time.sleep(0.01)
        return self.take()

    def of(self, target, count=1):
        """Returns the requests to one target as soon as there are that many. Other requests may still be ending."""
        end = time.monotonic() + PATIENCE
        while True:
            with self.lock:
                seen = [one for one in self.seen if one.path == target]
                if len(seen) >= count or time.monotonic() > end:
                    self.seen = [one for one in self.seen if one.path != target]
                    return seen
            time.sleep(0.002)

    def handle_error(self, request, client_address):
        pass  # nginx breaks connections on purpose.


class UpstreamConnection(socketserver.StreamRequestHandler):
    timeout = PATIENCE

    def handle(self):
        while self.one():
            pass

    def one(self):
        line = self.rfile.readline()
        if not line:
            return False
        headers = {}
        while True:
            header = self.rfile.readline()
            if header in (b"\r\n", b""):
                break
            name, _, value = header.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        if self.server.early:
            # This answer begins before the body was read.
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nbegun")
            self.wfile.flush()
        body, whole = b"", True
        try:
            if headers.get("transfer-encoding", "").lower() == "chunked":
                while True:
                    size = self.rfile.readline()
                    if not size.endswith(b"\n"):
                        whole = False
                        break
                    chunk = self.rfile.read(int(size, 16))
                    body += chunk
                    if len(chunk) < int(size, 16) or not self.rfile.readline():
                        whole = False
                        break
                    if size.strip() == b"0":
                        break
            else:
                wanted = int(headers.get("content-length", "0"))
                while len(body) < wanted:
                    more = self.rfile.read1(wanted - len(body))
                    if not more:
                        whole = False
                        break
                    body += more
        except OSError:
            whole = False
        self.server.add(Seen(line.split()[1].decode("latin-1"), headers, body, whole))
        if not whole or self.server.early:
            return False
        text = self.server.name.encode()
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" + self.server.headers
                         + b"Content-Length: %d\r\n\r\n" % len(text) + text)
        self.wfile.flush()
        return headers.get("connection", "").lower() != "close"


def wait_for_end(pid, process=None):
    """Waits until a process has ended, and returns whether it has. A process without a waiting parent ends as a zombie."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process is not None:
            process.poll()
        try:
            with open(f"/proc/{pid}/stat") as stat:
                if stat.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


class Nginx:
    """An nginx with the module and a configuration of its `http` block."""

    def __init__(self, http, workers=1, valgrind=False, module=MODULE, log_level="info"):
        self.folder = tempfile.mkdtemp(prefix="umsoap-nginx-")
        self.valgrind = valgrind
        # A new binary can take over only from a daemon.
        single = "daemon off; master_process off;" if valgrind else f"daemon on; worker_processes {workers};"
        user = "user root;" if os.geteuid() == 0 and not valgrind else ""
        temp = "".join(f"{kind}_temp_path {self.folder}/{kind};\n"
                       for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        self.write(f"""
            load_module {os.path.realpath(module)};
            {single} {user}
            pid {self.folder}/pid;
            error_log {self.folder}/error.log {log_level};
            worker_shutdown_timeout 20s;
            events {{ worker_connections 512; }}
            http {{
                {temp}
                log_format umsoap '$request_uri|$status|$umsoap_operation|$umsoap_soap_version|$umsoap_error|$umsoap_error_offset';
                access_log {self.folder}/access.log umsoap;
                keepalive_requests 100000;
                {http}
            }}
        """)
        self.process = None

    def write(self, text):
        with open(f"{self.folder}/nginx.conf", "w") as conf:
            conf.write(text)

    def command(self, *more):
        command = [NGINX, "-p", self.folder, "-e", f"{self.folder}/error.log", "-c", f"{self.folder}/nginx.conf", *more]
        if self.valgrind:
            command = ["valgrind", "--error-exitcode=99", "--leak-check=no", f"--log-file={self.folder}/valgrind.log",
                       *command]
        return command

    def check(self):
        """Returns the exit code and the messages of `nginx -t`."""
        done = subprocess.run(self.command("-t"), capture_output=True, text=True, timeout=PATIENCE)
        return done.returncode, done.stderr + self.error_log()

    def start(self, port):
        with open(f"{self.folder}/output", "wb") as output:
            self.process = subprocess.Popen(self.command(), stdout=output, stderr=output)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return self
            except OSError:
                if time.monotonic() > end or self.process.poll():
                    raise RuntimeError("nginx does not start: " + self.error_log()) from None
                time.sleep(0.02)

    def pid(self):
        with open(f"{self.folder}/pid") as pid:
            return int(pid.read())

    def error_log(self):
        try:
            with open(f"{self.folder}/error.log", encoding="utf-8", errors="replace") as log:
                return log.read()
        except FileNotFoundError:
            return ""

    def stop(self):
        """Ends nginx within the time of the requests that are under way."""
        if self.process is None:
            return
        try:
            pid = self.pid()
            os.kill(pid, signal.SIGQUIT)
            if not wait_for_end(pid, self.process):
                os.kill(pid, signal.SIGKILL)
        except (OSError, ValueError):
            pass  # nginx has ended by itself, or has not begun.
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Client:
    """A connection on which the test cuts the bytes at any place."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def send(self, *pieces, pause=0.0):
        for index, piece in enumerate(pieces):
            if index and pause:
                time.sleep(pause)
            self.socket.sendall(piece)

    def response(self):
        """Returns the status, headers and body of the next response, or the status 0 if the connection ends before it."""
        line = self.file.readline()
        if not line:
            return 0, {}, b""
        headers = {}
        while (header := self.file.readline()) not in (b"\r\n", b""):
            name, _, value = header.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        status, body = int(line.split()[1]), b""
        if headers.get("transfer-encoding") == "chunked":
            while size := int(self.file.readline(), 16):
                body += self.file.read(size)
                self.file.readline()
            self.file.readline()
        elif status >= 200:
            body = self.file.read(int(headers.get("content-length", "0")))
        return status, headers, body

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def head(path, length=None, media_type="text/xml; charset=utf-8", more=b"", method="POST"):
    """Returns the bytes of a request's head. A body without a length comes in chunks."""
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    media = f"Content-Type: {media_type}\r\n" if media_type is not None else ""
    return f"{method} {path} HTTP/1.1\r\nHost: test\r\n{media}{framing}\r\n".encode() + more + b"\r\n"


def chunked(body, size):
    """Returns the body in chunks of that size."""
    pieces = [body[at:at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
