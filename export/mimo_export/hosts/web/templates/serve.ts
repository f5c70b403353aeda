/** `npm start`: serve the page on this machine. */

import { serve } from "./server.js";

const { address } = await serve(Number(process.env.PORT ?? 8080));
console.log(`${address}  (${address}?threads=2 for two threads; Ctrl-C ends)`);
