/** Serves files that are held in memory to browsers of this machine, and nothing else. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { extname } from "node:path";

const TYPES: { readonly [extension: string]: string } = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

/** Of a worker the policy in the page says nothing. The search compiles its module of WebAssembly. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Only this machine can reach it. */
const LOOPBACK = "127.0.0.1";

export type Files = ReadonlyMap<string, Uint8Array>;

/** Names by which a browser of this machine asks: another one is that of a page elsewhere which had it resolved to us. */
const isOurs = ({ headers: { host = "" } }: IncomingMessage): boolean =>
  /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(host);

function answer(files: Files, request: IncomingMessage, response: ServerResponse): void {
  const refuse = (status: number): void => void response.writeHead(status, { "content-length": 0 }).end();
  if (!isOurs(request)) return refuse(403);
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(405);
  const [path = ""] = (request.url ?? "").split("?");
  const name = path === "/" ? "index.html" : path.slice(1);
  const content = files.get(name);
  if (!content) return refuse(404);
  response.writeHead(200, {
    "content-type": TYPES[extname(name)] ?? "application/octet-stream",
    "content-length": content.length,
    "cache-control": "no-cache",
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
  });
  response.end(request.method === "HEAD" ? undefined : content);
}

/** Listens; port 0: one that is free. Rejects with the error of the system where it cannot. */
export function serve(files: Files, port: number): Promise<{ readonly server: Server; readonly address: string }> {
  const server = createServer((request, response) => answer(files, request, response));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, LOOPBACK, () => {
      const bound = server.address();
      const at = typeof bound === "object" && bound !== null ? bound.port : port;
      resolve({ server, address: `http://${LOOPBACK}:${at}/` });
    });
  });
}
