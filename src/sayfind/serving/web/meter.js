// The level as a row of bars that grows from the right, like a voice memo.
const WIDTH = 3;
const GAP = 3;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Meter {
  #levels = [];
  #steps = 0;

  constructor(canvas, button) {
    this.canvas = canvas;
    this.button = button;
  }

  show() {
    this.#levels = [];
    this.canvas.hidden = false;
    const { width, height } = this.canvas.getBoundingClientRect();
    const density = devicePixelRatio || 1;
    this.canvas.width = width * density;
    this.canvas.height = height * density;
    this.pen = this.canvas.getContext("2d");
    this.pen.scale(density, density);
    this.size = { width, height };
    this.pen.fillStyle = getComputedStyle(this.canvas).color;
  }

  hide() {
    this.canvas.hidden = true;
    this.button.style.setProperty("--level", 0);
  }

  push(level) {
    this.#levels.push(level);
    this.#steps += 1;
    if (this.#steps % 5 === 0) this.canvas.setAttribute("aria-valuenow", Math.round(level * 100));
    if (calm.matches) this.#still(level);
    else this.#flow(level);
  }

  #flow(level) {
    this.button.style.setProperty("--level", level.toFixed(2));
    const { width, height } = this.size;
    const most = Math.floor((width - 20) / (WIDTH + GAP));
    this.#levels = this.#levels.slice(-most);
    this.pen.clearRect(0, 0, width, height);
    for (let i = 0; i < most; i += 1) {
      const value = this.#levels[this.#levels.length - 1 - i];
      const tall = Math.max(WIDTH, (value ?? 0) * (height - 14));
      this.pen.globalAlpha = value === undefined ? 0.18 : 1 - 0.7 * (i / most);
      this.pen.beginPath();
      this.pen.roundRect(width - 12 - i * (WIDTH + GAP), (height - tall) / 2, WIDTH, tall, WIDTH / 2);
      this.pen.fill();
    }
  }

  #still(level) {
    // One bar in one place: it shows the level without anything travelling across the page.
    const { width, height } = this.size;
    this.pen.clearRect(0, 0, width, height);
    this.pen.globalAlpha = 0.2;
    this.pen.fillRect(10, height / 2 - 3, width - 20, 6);
    this.pen.globalAlpha = 1;
    this.pen.fillRect(10, height / 2 - 3, (width - 20) * level, 6);
  }
}
