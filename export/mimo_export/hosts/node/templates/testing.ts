/** What the tests of this project are made of; nothing here is of one platform. */

import { HostError, Model, contract, type LoadOptions } from "./client.js";
import { readCases, type Case } from "./golden.js";

/** How the platform reads a file of the project, and gives bytes an address. */
export interface Platform {
  read(path: string): Promise<Uint8Array>;
  url(content: Uint8Array): Promise<string>;
  /** How much memory the process or page holds, after what is no longer used has gone. */
  readonly memory: (() => Promise<number>) | undefined;
  /** How every model is loaded. */
  readonly options: LoadOptions;
}

export interface Test {
  readonly name: string;
  readonly run: () => Promise<void>;
  /** Why it is not run. */
  readonly skip?: string;
}

type Loaded = Awaited<ReturnType<typeof Model.load>>;

/** Load, work, release. */
export async function loaded(
  options: LoadOptions,
  work: (model: Loaded) => Promise<void>,
): Promise<void> {
  const model = await Model.load(options);
  try {
    await work(model);
  } finally {
    await model.release();
  }
}

let stored: ReturnType<typeof readCases> | undefined;

/** Return the first golden data set with a batch of at least so many. */
export async function firstCase(batch: number): Promise<Case> {
  stored ??= readCases();
  const { cases } = await stored;
  const first = contract.inputs[0]?.name ?? "";
  const found = cases.find((one) => (one.inputs[first]?.dims[0] ?? 0) >= batch);
  if (found === undefined) throw new Error(`no golden vector has a batch of ${batch}`);
  return found;
}

/** Return the error that a call ends with; throw where it ends with none, or with another kind. */
export async function raised(call: Promise<unknown>): Promise<HostError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof HostError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** Throw where two values are not the same, element by element. */
export function same(got: unknown, wanted: unknown, about = ""): void {
  const [one, other] = [shown(got), shown(wanted)];
  if (one !== other) throw new Error(`${about}: ${one} instead of ${other}`);
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "bigint" || (typeof item === "number" && !Number.isFinite(item))
      ? String(item)
      : item,
  );
}
