/** What the sections of all models do: say how it went, name what is wrong with a field. */

import { find } from "./dom.js";

export class Card {
  readonly root: HTMLElement;
  readonly #status: HTMLElement;

  constructor(name: string) {
    this.root = find(document, `#${name}`);
    this.#status = find(this.root, ".status");
  }

  find<T extends Element = HTMLElement>(selector: string): T {
    return find<T>(this.root, selector);
  }

  all<T extends Element = HTMLElement>(selector: string): T[] {
    return [...this.root.querySelectorAll<T>(selector)];
  }

  /** Say the outcome, to those who see and to those who listen. */
  say(text: string): void {
    this.#status.classList.remove("bad");
    this.#status.textContent = text;
    this.stale(false);
  }

  /** Mark the answers as those of other inputs than the page shows. */
  stale(is: boolean): void {
    for (const results of this.all(".results")) results.classList.toggle("stale", is);
  }

  /** Tell listeners, and tests, that answers are on their way. */
  busy(is: boolean): void {
    for (const results of this.all(".results")) results.setAttribute("aria-busy", String(is));
  }

  /** Say that nothing will come of it: the model could not be loaded, or failed. */
  broken(error: unknown): void {
    this.#status.classList.add("bad");
    this.#status.textContent = `This model does not run here: ${message(error)}`;
  }

  /** Name what is wrong with a field, beside it; nothing where it is right. */
  wrong(field: HTMLElement, text: string): void {
    const place = find(this.root, `#${field.id}-error`);
    place.textContent = text;
    place.hidden = text === "";
    if (text) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Return what does work one at a time: what is asked while some is done replaces what waits, so that
 * the last wish is always the one that is answered.
 */
export function latest(card: Card, work: () => Promise<void>): () => void {
  let running = false;
  let wanted = false;
  return async () => {
    card.busy(true);
    wanted = true;
    if (running) return;
    running = true;
    while (wanted) {
      wanted = false;
      await work().catch((error: unknown) => card.broken(error));
    }
    running = false;
    card.busy(false);
  };
}

/** Fill a list of examples and its two buttons; the first is chosen. */
export function stepper<T>(
  card: Card,
  rows: readonly T[],
  name: (row: T, index: number) => string,
  chosen: (row: T) => void,
): void {
  const select = card.find<HTMLSelectElement>("select");
  rows.forEach((row, index) => select.add(new Option(name(row, index), String(index))));
  const choose = (): void => chosen(rows[select.selectedIndex] as T);
  select.addEventListener("change", choose);
  for (const button of card.all<HTMLButtonElement>("button.step")) {
    button.addEventListener("click", () => {
      const count = rows.length;
      select.selectedIndex =
        (select.selectedIndex + Number(button.dataset["step"]) + count) % count;
      choose();
    });
  }
  choose();
}

/** Read the examples of a model. */
export async function readExamples<T>(model: string): Promise<T> {
  const answer = await fetch(new URL(`../models/${model}/examples.json`, import.meta.url));
  if (!answer.ok) throw new Error(`the server answers ${answer.status} for the examples`);
  return (await answer.json()) as T;
}
