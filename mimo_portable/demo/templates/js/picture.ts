/** Pictures: from a file to the numbers that the model takes. */

export const SIZE = 128;

/** The canvas that shows the picture as the model gets it. */
export class Picture {
  readonly #canvas: HTMLCanvasElement;
  #has = false;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  get has(): boolean {
    return this.#has;
  }

  /**
   * Show a picture on white, all of it scaled to a square, as training does with files of pictures.
   *
   * @throws DOMException: the file is no picture that the browser can read.
   */
  async show(file: Blob, described: string): Promise<void> {
    const bitmap = await createImageBitmap(file);
    const context = this.#context();
    context.fillStyle = "white";
    context.fillRect(0, 0, SIZE, SIZE);
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, SIZE, SIZE);
    bitmap.close();
    this.#has = true;
    this.#describe(described);
  }

  clear(): void {
    this.#context().clearRect(0, 0, SIZE, SIZE);
    this.#has = false;
    this.#describe("No picture");
  }

  /** Return red, green and blue from 0 to 255, row by row. */
  pixels(): Float32Array {
    const { data } = this.#context().getImageData(0, 0, SIZE, SIZE);
    const found = new Float32Array(SIZE * SIZE * 3);
    for (let pixel = 0; pixel < SIZE * SIZE; pixel++) {
      for (let colour = 0; colour < 3; colour++) {
        found[3 * pixel + colour] = data[4 * pixel + colour] as number;
      }
    }
    return found;
  }

  #describe(text: string): void {
    this.#canvas.setAttribute("aria-label", text);
    this.#canvas.classList.toggle("empty", !this.#has);
  }

  #context(): CanvasRenderingContext2D {
    const context = this.#canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) throw new Error("this browser has no canvas");
    return context;
  }
}

/** Give the files that are chosen, and those that are dropped, to `take`. */
export function takeFiles(
  input: HTMLInputElement,
  zone: HTMLElement,
  take: (file: File) => void,
): void {
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) take(file);
    // So that the same file can be chosen again.
    input.value = "";
  });
  const over = (is: boolean) => (event: DragEvent) => {
    event.preventDefault();
    zone.classList.toggle("over", is);
  };
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    over(false)(event);
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
  });
}
