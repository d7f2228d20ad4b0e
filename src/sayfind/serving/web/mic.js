// The microphone: records, measures the level, and notices when somebody has finished speaking.
import { problem } from "./api.js";

const FORMATS = ["audio/webm;codecs=opus", "audio/mp4;codecs=mp4a.40.2", "audio/mp4", "audio/ogg;codecs=opus"];
const STEP = 40; // ms between two looks at the level
const SILENCE = 1000; // ms of quiet that end an utterance
const PATIENCE = 7000; // ms to wait for the first word
const ATTACK = 120; // ms above the threshold that count as speech, so that a click does not
const QUIETEST = 0.008; // below this root mean square nothing is speech
const ABOVE_NOISE = 2.8; // how far speech must stand above the room's own noise

/**
 * One recording. `onlevel(0..1)` is called as it goes, `onspeech()` once, at the first word.
 * `handsFree` stops it after a silence. `done` gives the sound as a Blob, or null if there was none.
 */
export class Recording {
  #samples = new Float32Array(1024);
  #chunks = [];
  #noise = 0.004;
  #voiced = 0;
  #quiet = 0;
  #elapsed = 0;
  #cancelled = false;
  heard = false;
  handsFree = true;

  static async start(hooks, longest) {
    if (!navigator.mediaDevices?.getUserMedia) {
      throw problem(window.isSecureContext ? "unsupported" : "insecure");
    }
    if (!window.MediaRecorder) throw problem("unsupported");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      });
      return new Recording(stream, hooks, longest);
    } catch (error) {
      throw problem({ NotFoundError: "missing", NotReadableError: "busy", NotAllowedError: "refused" }[error.name] ?? "refused");
    }
  }

  constructor(stream, hooks, longest) {
    this.stream = stream;
    this.hooks = hooks;
    this.longest = longest * 1000;
    this.context = new AudioContext();
    this.analyser = new AnalyserNode(this.context, { fftSize: 1024 });
    this.context.createMediaStreamSource(stream).connect(this.analyser);
    this.context.resume();
    const mimeType = FORMATS.find((format) => MediaRecorder.isTypeSupported(format));
    this.recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: 48000 });
    this.recorder.ondataavailable = ({ data }) => this.#chunks.push(data);
    this.done = new Promise((resolve) => {
      this.recorder.onstop = () => resolve(this.#finish());
    });
    this.recorder.start();
    this.timer = setInterval(() => this.#look(), STEP);
  }

  stop() {
    if (this.recorder.state !== "inactive") this.recorder.stop();
  }

  cancel() {
    this.#cancelled = true;
    this.stop();
  }

  #look() {
    this.analyser.getFloatTimeDomainData(this.#samples);
    const rms = Math.sqrt(this.#samples.reduce((sum, x) => sum + x * x, 0) / this.#samples.length);
    this.#elapsed += STEP;
    this.hooks.onlevel(Math.min(1, Math.max(0, (20 * Math.log10(rms + 1e-6) + 58) / 54)) ** 1.5);
    const loud = rms > Math.max(QUIETEST, this.#noise * ABOVE_NOISE);
    // The room's noise is learnt from what is not speech: down fast, up slowly.
    if (!loud) this.#noise += (rms - this.#noise) * (rms < this.#noise ? 0.3 : 0.05);
    this.#voiced = loud ? this.#voiced + STEP : Math.max(0, this.#voiced - STEP / 2);
    this.#quiet = loud ? 0 : this.#quiet + STEP;
    if (!this.heard && this.#voiced >= ATTACK) {
      this.heard = true;
      this.hooks.onspeech();
    }
    const finished = this.handsFree && (this.heard ? this.#quiet >= SILENCE : this.#elapsed >= PATIENCE);
    if (finished || this.#elapsed >= this.longest) this.stop();
  }

  #finish() {
    clearInterval(this.timer);
    for (const track of this.stream.getTracks()) track.stop();
    this.context.close();
    if (this.#cancelled) return undefined;
    return this.heard ? new Blob(this.#chunks, { type: this.recorder.mimeType }) : null;
  }
}
