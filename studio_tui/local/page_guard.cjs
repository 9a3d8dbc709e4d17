// Stands before a JavaScript development server: programs of this machine are answered, foreign web pages are not.
// The same as page_guard.py, loaded by `node --require`. Only the server on our own port is guarded, nothing else of
// the project is touched.
"use strict";
const http = require("node:http");

const port = Number(process.env.STUDIO_TUI_DEV_PORT);
const asConfigured = process.env.STUDIO_TUI_DEV_PAGES === "configured";
const hosts = new Set((process.env.STUDIO_TUI_DEV_HOSTS ?? "").split(",").map((host) => host.trim().toLowerCase()));
const refused =
  "This development server answers programs of this machine and the pages that its CORS settings name.\n" +
  "Started by studio-tui: http.cors in langgraph.json lets a page in, --allow-host another host name.\n";

function isOurs(url) {
  let host;
  try {
    host = new URL(url).hostname.toLowerCase();
  } catch {
    return false;
  }
  if (host === "localhost" || host.endsWith(".localhost") || host === "[::1]") return true;
  return /^127(\.\d{1,3}){3}$/.test(host) || (host !== "" && hosts.has(host));
}

// The origin of the web page that sends a request; undefined for a program, for our own page, or for a followed link.
// No page can leave out or forge `Sec-Fetch-Site`, which browsers send also where there is no `Origin`.
function pageOf(headers) {
  if (headers.origin !== undefined || headers["sec-fetch-site"] !== "cross-site") return headers.origin;
  if (headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document") return undefined;
  try {
    return new URL(headers.referer ?? "").origin;
  } catch {
    return "null";
  }
}

// What a browser would ask first: may a page of this origin send this? Without `http.cors` the server lets in every
// page, which is its default and nobody's wish.
function letsIn(request, origin) {
  if (!asConfigured) return Promise.resolve(false);
  const { host } = request.headers;
  const headers = { host, origin, "access-control-request-method": request.method };
  return new Promise((resolve) => {
    const question = http.request({ host: "127.0.0.1", port, method: "OPTIONS", path: request.url, headers });
    question.on("error", () => resolve(false));
    question.on("response", (answer) => {
      answer.resume();
      const allowed = answer.headers["access-control-allow-origin"];
      resolve(allowed === "*" || allowed === origin);
    });
    question.end();
  });
}

function refuse(event, args) {
  if (event === "request") {
    args[1].writeHead(403, { "content-type": "text/plain; charset=utf-8", connection: "close" }).end(refused);
  } else {
    args[1].end("HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  }
}

const emit = http.Server.prototype.emit;
http.Server.prototype.emit = function (event, ...args) {
  const isGuarded = event === "request" || event === "upgrade" || event === "checkContinue";
  if (!isGuarded || !port || this.address()?.port !== port) return emit.call(this, event, ...args);
  const { host } = args[0].headers;
  const page = pageOf(args[0].headers);
  const kind = event === "upgrade" ? "upgrade" : "request";
  if (host !== undefined && !isOurs(`http://${host}`)) {
    refuse(kind, args);
  } else if (page === undefined || isOurs(page) || (asConfigured && args[0].method === "OPTIONS")) {
    return emit.call(this, event, ...args);
  } else {
    letsIn(args[0], page).then((may) => (may ? emit.call(this, event, ...args) : refuse(kind, args)));
  }
  return true;
};
