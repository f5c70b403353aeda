/** A server for this project's files, with the headers that give a page threads. */

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** What a page may have; the rest of the project stays where it is. */
const SERVED = ["index.html", `dist${sep}`, `model${sep}`, `vendor${sep}`];

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

/** Shared memory, and with it threads, needs a page that is isolated from other sites. */
const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "no-cache",
} as const;

/** Start to serve on this machine alone; port 0 takes a free one. */
export async function serve(port: number): Promise<{ server: Server; address: string }> {
  const server = createServer((request, response) => {
    answer(request.method ?? "", request.url ?? "/").then(
      ({ status, path, type }) => {
        response.writeHead(status, { ...HEADERS, "Content-Type": type });
        if (path === undefined || request.method === "HEAD") response.end();
        else
          createReadStream(path)
            .on("error", () => response.destroy())
            .pipe(response);
      },
      () => response.writeHead(500, HEADERS).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const found = server.address();
  return { server, address: `http://127.0.0.1:${typeof found === "object" ? found?.port : port}/` };
}

async function answer(
  method: string,
  target: string,
): Promise<{ status: number; path?: string; type: string }> {
  const nothing = { status: 404, type: "text/plain" };
  if (method !== "GET" && method !== "HEAD") return { ...nothing, status: 405 };
  let name: string;
  try {
    name = decodeURIComponent(new URL(target, "http://localhost").pathname);
  } catch {
    return { ...nothing, status: 400 };
  }
  const inside = normalize(name === "/" ? "index.html" : name.replace(/^\/+/, ""));
  if (!SERVED.some((part) => inside === part || (part.endsWith(sep) && inside.startsWith(part))))
    return nothing;
  const path = join(ROOT, inside);
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  return isFile
    ? { status: 200, path, type: TYPES[extname(path)] ?? "application/octet-stream" }
    : nothing;
}
