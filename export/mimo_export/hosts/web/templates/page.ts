<% from "zeros.ts" import zeros %>
/** The page: runs one row, and compares the golden vectors. `window.host` is for the headless test. */

import { Model, contract } from "./client.js";
import { reason } from "./errors.js";
import { verify, type Report } from "./golden.js";
import { HERE, read } from "./runtime.js";
import { tests, type Platform } from "./tests.js";
import type { LoadOptions } from "./types.js";

/** What a program that drives this page may ask. */
export interface Host {
  verify(threads: number): Promise<Report>;
  testNames(): readonly { readonly name: string; readonly skip: string | undefined }[];
  test(name: string): Promise<void>;
}

/** `?threads=2`: how many this page may use. */
const threads = Number(new URLSearchParams(location.search).get("threads") ?? 1);

const platform: Platform = {
  read: (path) => read(new URL(path, HERE)),
  url: async (content) => URL.createObjectURL(new Blob([content as Uint8Array<ArrayBuffer>])),
  // Two threads would pass the same few milliseconds of work to and fro for minutes.
  memory: threads === 1 ? memory : undefined,
  options: { threads },
};

/** Chromium alone has it, for isolated pages; the test starts it with what makes it answer at once. */
async function memory(): Promise<number> {
  const measure = (performance as unknown as Record<string, () => Promise<{ bytes: number }>>)[
    "measureUserAgentSpecificMemory"
  ];
  return (await measure?.call(performance))?.bytes ?? 0;
}

const host: Host = {
  verify: (wanted) => verify(hostName(wanted), { threads: wanted }),
  testNames: () => tests(platform).map(({ name, skip }) => ({ name, skip })),
  test: async (name) => tests(platform).find((test) => test.name === name)?.run(),
};
(globalThis as unknown as { host: Host }).host = host;

function hostName(wanted: number): string {
  const isolated = globalThis.crossOriginIsolated ? "isolated" : "not isolated";
  return `${navigator.userAgent}, ${isolated}, ${wanted} thread${wanted === 1 ? "" : "s"}`;
}

function element<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

function shown(number: number | string | null): string {
  return typeof number === "number" ? number.toPrecision(2) : String(number ?? "");
}

/** Do what a button asks, and say how it ended; one at a time. */
function on(id: string, work: () => Promise<string>): void {
  element(id).addEventListener("click", () => {
    const buttons = document.querySelectorAll("button");
    buttons.forEach((button) => (button.disabled = true));
    element("status").textContent = "Working …";
    work()
      .catch((error: unknown) => `Error: ${reason(error)}`)
      .then((text) => {
        element("status").textContent = text;
        buttons.forEach((button) => (button.disabled = false));
      });
  });
}

on("verify", async () => {
  const report = await host.verify(threads);
  const rows = report.outputs.map((row) => {
    const cells = [row.name, row.status, ...[row.max_abs, row.passing_tolerance].map(shown)];
    const line = document.createElement("tr");
    for (const text of cells) line.insertCell().textContent = text;
    return line;
  });
  element("report").querySelector("tbody")?.replaceChildren(...rows);
  element("report").hidden = false;
  const found = report.passed ? "every output agrees" : "NOT every output agrees";
  return `${contract.model}: ${found} with Keras.`;
});

on("run", async () => {
  const options: LoadOptions = { threads };
  const model = await Model.load(options);
  try {
    const outputs = await model.run({
<% for t in model.given %>
      <%= t.identifier %>: <%= zeros(t, model.preprocessing and model.preprocessing.samples) %>,
<% endfor %>
    });
    const lines = Object.entries(outputs).map(([name, output]) => {
      const { data, dims } = output as { data: ArrayLike<unknown>; dims: readonly number[] };
      return `${name} [${dims.join(", ")}]: ${Array.from(data).slice(0, 20).join(", ")}`;
    });
    element("outputs").textContent = lines.join("\n");
    element("outputs").hidden = false;
    return "One row was run.";
  } finally {
    await model.release();
  }
});
