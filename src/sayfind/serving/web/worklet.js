// Runs beside the sound card: whatever rate it has becomes 16 kHz, in frames of 50 ms.
export const RATE = 16000;
const FRAME = RATE / 20;
const CROSSINGS = 16; // zero crossings of the sinc on each side: about 60 dB of what would fold back is gone
const PHASES = 512; // positions between two samples that get a kernel of their own

/** A stream of samples at one rate as a stream at another; however it is cut, the same comes out. */
export class Resampler {
  #kernels = new Map();
  #made = 0; // samples given out
  #gone = 0; // samples taken in and let go

  /** @param {number} from @param {number} to Both in Hz. */
  constructor(from, to = RATE) {
    this.step = from / to;
    this.narrow = Math.min(1, 1 / this.step) * 0.94; // the lower of the two Nyquist rates, and some room to fall
    this.reach = Math.ceil(CROSSINGS / this.narrow);
    this.kept = new Float32Array(this.reach); // silence before the first sample
  }

  /** @param {Float32Array} input @returns {Float32Array} */
  push(input) {
    const sound = new Float32Array(this.kept.length + input.length);
    sound.set(this.kept);
    sound.set(input, this.kept.length);
    const made = [];
    let at = this.#at();
    for (; Math.floor(at) + this.reach + 1 < sound.length; at = this.#at()) {
      made.push(this.#sample(sound, at));
      this.#made += 1;
    }
    const first = Math.max(0, Math.floor(at) - this.reach);
    this.kept = sound.slice(first);
    this.#gone += first;
    return Float32Array.from(made);
  }

  /** Where the next sample lies in what is kept. */
  #at() {
    return this.#made * this.step + this.reach - this.#gone;
  }

  #sample(sound, at) {
    const phase = Math.round((at - Math.floor(at)) * PHASES);
    const kernel = this.#kernel(phase);
    const first = Math.floor(at) - this.reach;
    let sum = 0;
    for (let i = 0; i < kernel.length; i += 1) sum += kernel[i] * (sound[first + i] ?? 0);
    return sum;
  }

  /** A Hann-windowed sinc, so scaled that a constant stays what it is. */
  #kernel(phase) {
    if (this.#kernels.has(phase)) return this.#kernels.get(phase);
    const kernel = Float32Array.from({ length: 2 * this.reach + 1 }, (_, i) => {
      const x = i - this.reach - phase / PHASES;
      const angle = Math.PI * x * this.narrow;
      const inside = Math.abs(x) < this.reach ? 0.5 + 0.5 * Math.cos((Math.PI * x) / this.reach) : 0;
      return inside * (angle === 0 ? 1 : Math.sin(angle) / angle);
    });
    const total = kernel.reduce((sum, x) => sum + x, 0);
    this.#kernels.set(phase, kernel.map((x) => x / total));
    return this.#kernels.get(phase);
  }
}

// Only an audio worklet has processors; anywhere else this file is just the resampler.
if (globalThis.registerProcessor) {
  class Frames extends AudioWorkletProcessor {
    #resampler = new Resampler(sampleRate);
    #frame = new Int16Array(FRAME);
    #filled = 0;

    process([input]) {
      if (input[0]) for (const sample of this.#resampler.push(input[0])) this.#add(sample);
      return true;
    }

    #add(sample) {
      this.#frame[this.#filled] = Math.max(-1, Math.min(1, sample)) * 32767;
      this.#filled += 1;
      if (this.#filled < FRAME) return;
      this.port.postMessage(this.#frame, [this.#frame.buffer]);
      this.#frame = new Int16Array(FRAME);
      this.#filled = 0;
    }
  }
  registerProcessor("sayfind-frames", Frames);
}
