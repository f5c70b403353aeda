/** Replay the golden vectors and print one JSON document: exit code 0 all agree, 1 not, 2 not run. */

import { HostError } from "./errors.js";
import { verify } from "./golden.js";

try {
  const report = await verify(`node ${process.version}`);
  console.log(JSON.stringify(report));
  process.exitCode = report.passed ? 0 : 1;
} catch (error) {
  console.error(error instanceof HostError ? `error: ${error.message}` : error);
  process.exitCode = 2;
}
