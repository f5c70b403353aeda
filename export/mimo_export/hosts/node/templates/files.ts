/** Files that must be the ones that this project was made with. */

import { HostError, reason } from "./errors.js";
import { read, sha256 } from "./runtime.js";
import type { StatedFile } from "./types.js";

/**
 * Return a file's content, if it is the stated one.
 *
 * @param what The file, for people.
 * @param elsewhere How a program names another place of it.
 * @throws HostError with code `model-missing` or `model-altered`.
 */
export async function readStated(
  location: string | URL,
  file: StatedFile,
  what: string,
  elsewhere: string,
): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await read(location, file.bytes);
  } catch (error) {
    throw new HostError("model-missing", `${what} cannot be read: ${reason(error)}`, {
      where: String(location),
      remedy: `copy the whole project, or say where the file is: ${elsewhere}`,
      cause: error,
    });
  }
  const sum = bytes.length === file.bytes ? await sha256(bytes) : undefined;
  if (sum !== file.sha256) {
    const size = bytes.length > file.bytes ? `more than ${file.bytes}` : String(bytes.length);
    const got = `${size} bytes${sum === undefined ? "" : ` with SHA-256 ${sum}`}`;
    const expected = `${file.bytes} bytes with SHA-256 ${file.sha256}`;
    throw new HostError(
      "model-altered",
      `${what} is not the one of this client: ${got}; expected ${expected}`,
      {
        where: String(location),
        got,
        expected,
        remedy: "copy the file again, or embed the bundle again",
      },
    );
  }
  return bytes;
}
