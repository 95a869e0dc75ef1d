"""WordPress as Debian packages it, with a post of the same text: bare, and behind nginx's
fastcgi_cache. Its files are copied, its database is a MariaDB of its own in the same folder, and it
is set up by its own functions, called by php, so that no browser is needed. Nothing of it outlives
the bench."""

import os
import re
import shutil
import subprocess

from machine import Failure, Server, free_port, wait_until
from peers import program, started

FILES = "/usr/share/wordpress"
# What is installed with it; without one of these there is no WordPress to measure.
PACKAGES = ("wordpress", "wordpress-theme-twentytwentythree", "php-fpm", "php-mysql", "mariadb-server")

CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{folder}/mysql.sock'); define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT',
          'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT'] as $name)
    define($name, 'a bench on this machine alone');
define('WP_HOME', 'http://{host}'); define('WP_SITEURL', 'http://{host}');
define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
# Reads the text from its input; prints the post's address.
SETUP = """<?php
$_SERVER['HTTP_HOST'] = '{host}'; $_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['REQUEST_METHOD'] = 'GET'; $_SERVER['REQUEST_URI'] = '/';
define('WP_INSTALLING', true);
require '{root}/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
function wp_new_blog_notification() {{}}
wp_install('The Two Rivers', 'bench', 'bench@example.org', true, '', 'only for this bench');
$paragraphs = array_map(fn($text) => "<!-- wp:paragraph -->\\n<p>" . esc_html($text) .
    "</p>\\n<!-- /wp:paragraph -->", explode("\\n\\n", stream_get_contents(STDIN)));
$post = wp_insert_post(['post_title' => 'A long story', 'post_status' => 'publish',
                        'post_author' => 1, 'post_content' => implode("\\n\\n", $paragraphs)], true);
if (is_wp_error($post)) {{ fwrite(STDERR, $post->get_error_message()); exit(1); }}
echo "\\npost ", parse_url(get_permalink($post), PHP_URL_PATH), '?',
    parse_url(get_permalink($post), PHP_URL_QUERY), "\\n";
"""
FPM = """
[global]
error_log = {folder}/fpm.log
daemonize = no
[www]
{user}
listen = {folder}/fpm.sock
pm = static
pm.max_children = 4
"""
NGINX = """
daemon off; worker_processes 1; pid {place}/nginx.pid; error_log stderr error; {user}
events {{ worker_connections 1024; multi_accept on; }}
http {{
  access_log off; server_tokens off; keepalive_requests 1000000000; keepalive_timeout 1h;
  tcp_nodelay on; gzip on; gzip_vary on;
  client_body_temp_path {place}/body; proxy_temp_path {place}/proxy;
  fastcgi_temp_path {place}/fastcgi; uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
  fastcgi_cache_path {place}/cache levels=1:2 keys_zone=pages:16m inactive=1h;
  server {{
    listen 127.0.0.1:{port}; root {root};
    location / {{
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME {root}/index.php;
      fastcgi_pass unix:{folder}/fpm.sock;
      {cache}
    }}
  }}
}}
"""
CACHE = """fastcgi_cache pages; fastcgi_cache_key $request_method$host$request_uri;
      fastcgi_cache_valid 200 1h; fastcgi_ignore_headers Cache-Control Expires Set-Cookie;"""


def user_line(form):
    return form if os.geteuid() == 0 else ""


class Backend:
    """PHP and MariaDB, which all of its servers share. They run on the server's core."""

    def __init__(self, folder, host, text, log):
        self.folder, self.host, self.log = folder, host, log
        self.root = os.path.join(folder, "wordpress")
        self.processes = []
        os.makedirs(folder)
        try:
            self._database()
            self._files()
            self.path = self._setup(text)
            self._php()
        except BaseException:
            self.stop()
            raise

    def _database(self):
        data, socket = os.path.join(self.folder, "mysql"), os.path.join(self.folder, "mysql.sock")
        own = ["--no-defaults", f"--datadir={data}", f"--socket={socket}", *(
            ["--user=root"] if os.geteuid() == 0 else [])]
        subprocess.run([program("mariadb-install-db"), *own, "--auth-root-authentication-method=normal",
                        "--skip-test-db"], stdout=self.log, stderr=self.log, check=True)
        server = Server("mariadb", [program("mariadbd"), *own, "--skip-networking",
                                    f"--pid-file={self.folder}/mysql.pid"], self.log)
        self.processes.append(server)
        client = [program("mariadb"), "--no-defaults", f"--socket={socket}", "-u", "root", "-e"]
        wait_until(lambda: subprocess.run([*client, "CREATE DATABASE IF NOT EXISTS wordpress"],
                                          stderr=subprocess.DEVNULL, check=False).returncode == 0,
                   "mariadb")

    def _files(self):
        shutil.copytree(FILES, self.root)
        config = os.path.join(self.root, "wp-config.php")
        os.unlink(config)
        with open(config, "w", encoding="ascii") as file:
            file.write(CONFIG.format(folder=self.folder, host=self.host))

    def _setup(self, text):
        script = os.path.join(self.folder, "setup.php")
        with open(script, "w", encoding="ascii") as file:
            file.write(SETUP.format(root=self.root, host=self.host))
        done = subprocess.run([program("php"), script], input=text, stdout=subprocess.PIPE,
                              stderr=self.log, encoding="utf-8", check=False)
        found = re.search(r"^post (\S+)$", done.stdout, re.MULTILINE)
        if not found:
            raise Failure(f"WordPress could not be set up: {done.stdout[-300:]}")
        return found[1].rstrip("?")

    def _php(self):
        config = os.path.join(self.folder, "fpm.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(FPM.format(folder=self.folder, user=user_line("user = root\ngroup = root")))
        as_root = ["-R"] if os.geteuid() == 0 else []
        server = Server("php-fpm", [program("php-fpm8.2"), "-F", *as_root, "-y", config], self.log)
        self.processes.append(server)
        wait_until(lambda: os.path.exists(os.path.join(self.folder, "fpm.sock")), "php-fpm")

    def cpu_seconds(self):
        return sum(process.cpu_seconds() for process in self.processes)

    def stop(self):
        for process in reversed(self.processes):
            process.stop()


class WordPress(Server):
    """nginx in front of it. What PHP and MariaDB do counts, too."""

    def __init__(self, name, backend, is_cached):
        place = os.path.join(backend.folder, "cached" if is_cached else "bare")
        os.makedirs(place, exist_ok=True)
        port = free_port()
        configuration = os.path.join(place, "nginx.conf")
        with open(configuration, "w", encoding="ascii") as file:
            file.write(NGINX.format(place=place, folder=backend.folder, root=backend.root, port=port,
                                    cache=CACHE if is_cached else "", user=user_line("user root;")))
        super().__init__(name, [program("nginx"), "-p", place, "-c", configuration], backend.log)
        self.port, self.backend = port, backend
        started(self, name)

    def cpu_seconds(self):
        return super().cpu_seconds() + self.backend.cpu_seconds()
