// The microphone as frames of 16 kHz sound, and the ear for whether somebody speaks.
import { Problem } from "./client.js";
import { RATE } from "./worklet.js";

const REFUSALS = { NotFoundError: "missing", OverconstrainedError: "missing", NotReadableError: "busy", AbortError: "busy" };
const WANTED = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** An open microphone. `onframe` gets 50 ms of samples at a time, `onvanish` is called if the device goes away. */
export class Microphone {
  /** @param {(frame: Int16Array) => void} onframe @param {() => void} onvanish */
  static async open(onframe, onvanish) {
    if (!navigator.mediaDevices?.getUserMedia) throw new Problem(window.isSecureContext ? "unsupported" : "insecure");
    if (!window.AudioWorkletNode) throw new Problem("unsupported");
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: WANTED });
    } catch (error) {
      const kind = REFUSALS[error.name] ?? "refused";
      throw new Problem(kind, kind, kind !== "missing");
    }
    const context = new AudioContext();
    await context.audioWorklet.addModule(new URL("worklet.js", import.meta.url));
    return new Microphone(stream, context, onframe, onvanish);
  }

  constructor(stream, context, onframe, onvanish) {
    this.stream = stream;
    this.context = context;
    const frames = new AudioWorkletNode(context, "sayfind-frames");
    frames.port.onmessage = ({ data }) => onframe(data);
    // It plays nothing, but a node that leads nowhere is not run by every browser.
    context.createMediaStreamSource(stream).connect(frames).connect(context.destination);
    context.resume();
    for (const track of stream.getTracks()) track.onended = onvanish; // not called when we stop it
  }

  close() {
    for (const track of this.stream.getTracks()) track.stop();
    this.context.close();
  }
}

const STEP = 50; // ms in a frame
const ATTACK = 150; // ms above the threshold that count as speech, so that a click does not
const QUIETEST = 0.008; // below this root mean square nothing is speech
const ABOVE_NOISE = 2.8; // how far speech must stand above the room's own noise

/** Follows the level: whether somebody spoke, and for how long it has been quiet. */
export class Ear {
  #noise = 0.004;
  #voiced = 0;
  quiet = 0; // ms since the last speech
  spoke = false;

  /** @param {Int16Array} frame @returns {number} The level, from 0 to 1. */
  take(frame) {
    const rms = Math.sqrt(frame.reduce((sum, x) => sum + x * x, 0) / frame.length) / 32768;
    const loud = rms > Math.max(QUIETEST, this.#noise * ABOVE_NOISE);
    // The room's noise is learnt from what is not speech: down fast, up slowly.
    if (!loud) this.#noise += (rms - this.#noise) * (rms < this.#noise ? 0.35 : 0.06);
    this.#voiced = loud ? this.#voiced + STEP : Math.max(0, this.#voiced - STEP / 2);
    this.quiet = loud ? 0 : this.quiet + STEP;
    this.spoke ||= this.#voiced >= ATTACK;
    return Math.min(1, Math.max(0, (20 * Math.log10(rms + 1e-6) + 58) / 54)) ** 1.5;
  }

  /** Listens for the next word; what it knows of the room it keeps. */
  again() {
    this.#voiced = this.quiet = 0;
    this.spoke = false;
  }
}

/** @param {Int16Array[]} frames @returns {Int16Array<ArrayBuffer>} All of it in one piece. */
export function joined(frames) {
  const whole = new Int16Array(frames.reduce((sum, frame) => sum + frame.length, 0));
  let at = 0;
  for (const frame of frames) {
    whole.set(frame, at);
    at += frame.length;
  }
  return whole;
}

/** @param {Int16Array<ArrayBuffer>} samples @returns {Blob} A WAV file of them. */
export function wav(samples) {
  const head = new DataView(new ArrayBuffer(44));
  const write = (at, text) => [...text].forEach((c, i) => head.setUint8(at + i, c.charCodeAt(0)));
  write(0, "RIFF");
  head.setUint32(4, 36 + samples.byteLength, true);
  write(8, "WAVEfmt ");
  const format = [[16, 16, 4], [20, 1, 2], [22, 1, 2], [24, RATE, 4], [28, 2 * RATE, 4], [32, 2, 2], [34, 16, 2]];
  for (const [at, value, size] of format) head[size === 4 ? "setUint32" : "setUint16"](at, value, true);
  write(36, "data");
  head.setUint32(40, samples.byteLength, true);
  return new Blob([head, samples], { type: "audio/wav" });
}
