/** The errors of this project: what happened, where, and what to do about it. */

/** What went wrong, for programs; the message is for people. */
export type ErrorCode =
  | "model-missing" // the model's file cannot be read
  | "model-altered" // it is not the file that this client was made for
  | "model-invalid" // the runtime cannot load it
  | "environment" // the platform lacks what the client needs
  | "name-missing"
  | "name-unknown"
  | "dtype"
  | "rank"
  | "dimension" // a fixed size differs, or a free one other than the batch is 0
  | "count" // the elements do not fill the shape
  | "symbol" // two sizes for one free dimension, such as two batches
  | "batch-limit"
  | "token" // an id that the model has no row for
  | "nan"
  | "released"
  | "runtime"; // the runtime failed while it computed

/** What an error tells besides its message. */
export interface ErrorFacts {
  /** The input's name in the contract; empty where it is about none. */
  readonly input?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly where?: string;
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** Every error that loading and running raise. After one, the next call works. */
export class HostError extends Error {
  override readonly name = "HostError";
  readonly code: ErrorCode;
  readonly input: string;
  readonly got: string;
  readonly expected: string;

  constructor(code: ErrorCode, what: string, facts: ErrorFacts = {}) {
    const where = facts.where ?? (facts.input ? `input '${facts.input}'` : "");
    const lines = [what];
    if (where) lines.push(`  where:  ${where}`);
    if (facts.remedy) lines.push(`  remedy: ${facts.remedy}`);
    super(lines.join("\n"), facts.cause === undefined ? {} : { cause: facts.cause });
    this.code = code;
    this.input = facts.input ?? "";
    this.got = facts.got ?? "";
    this.expected = facts.expected ?? "";
  }
}

/** The message of whatever was thrown, in one line. */
export function reason(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.split("\n", 1)[0] ?? "";
}
