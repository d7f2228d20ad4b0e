// The level as a row of bars that grows from the right, like a voice memo.
const WIDTH = 3;
const GAP = 3;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Meter {
  #levels = [];
  #steps = 0;

  /** @param {HTMLCanvasElement} canvas @param {HTMLElement} button Swells with the voice. */
  constructor(canvas, button) {
    this.canvas = canvas;
    this.button = button;
    this.pen = canvas.getContext("2d");
    new ResizeObserver(() => this.#fit()).observe(canvas);
  }

  start() {
    this.#levels = [];
  }

  stop() {
    this.button.style.setProperty("--level", 0);
  }

  /** @param {number} level From 0 to 1. */
  push(level) {
    this.#levels = [...this.#levels.slice(-200), level];
    this.#steps += 1;
    if (this.#steps % 4 === 0) this.canvas.setAttribute("aria-valuenow", Math.round(level * 100));
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (calm.matches) this.#still(level);
    else this.#flow(level);
  }

  #fit() {
    const { width, height } = this.canvas.getBoundingClientRect();
    const density = devicePixelRatio || 1;
    this.canvas.width = width * density;
    this.canvas.height = height * density;
    this.pen.scale(density, density);
    this.size = { width, height };
    this.pen.fillStyle = getComputedStyle(this.canvas).color;
  }

  #flow(level) {
    this.button.style.setProperty("--level", level.toFixed(2));
    if (!this.size) return;
    const { width, height } = this.size;
    const most = Math.floor((width - 12) / (WIDTH + GAP));
    for (let i = 0; i < most; i += 1) {
      const value = this.#levels[this.#levels.length - 1 - i];
      const tall = Math.max(WIDTH, (value ?? 0) * (height - 14));
      this.pen.globalAlpha = value === undefined ? 0.18 : 1 - 0.7 * (i / most);
      this.pen.beginPath();
      this.pen.roundRect(width - 8 - i * (WIDTH + GAP), (height - tall) / 2, WIDTH, tall, WIDTH / 2);
      this.pen.fill();
    }
  }

  #still(level) {
    // One bar in one place: it shows the level without anything travelling across the page.
    if (!this.size) return;
    const { width, height } = this.size;
    this.pen.globalAlpha = 0.2;
    this.pen.fillRect(6, height / 2 - 3, width - 12, 6);
    this.pen.globalAlpha = 1;
    this.pen.fillRect(6, height / 2 - 3, (width - 12) * level, 6);
  }
}
