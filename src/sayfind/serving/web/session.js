// One shopper's searching, by voice and by words, one search at a time: an explicit machine of states.
import { Problem } from "./client.js";
import { Ear, joined, Microphone, wav } from "./microphone.js";

const SECONDS = 0.05; // in a frame
const CHUNK = 2; // frames in one message
const PATIENCE = 7000; // ms to wait for the first word
const PAUSE = 1000; // ms of quiet that end an utterance
const SERVED_PAUSE = 1800; // the same where the server listens too: it knows a pause from an end

const silent = () => new Problem("silent", "No speech was heard.", true);

const AT_REST = { press: ["asking", "open"], ask: ["searching", "search"], cancel: ["idle", "drop"] };
const STOP = { ask: ["searching", "search"], cancel: ["idle", "drop"], failed: ["failed", "tell"] };

/**
 * What happens in each state: event -> the next state, and what is done on the way. An event that is not
 * named does nothing there. Whoever speaks or types again stops the search before: `searching` goes back
 * to `hearing` when the shopper goes on after a pause, and then everything said is one utterance.
 * @type {Record<string, Record<string, string[]>>}
 */
export const STEPS = {
  idle: AT_REST,
  found: AT_REST,
  failed: AT_REST,
  asking: { ...STOP, press: ["idle", "drop"], granted: ["listening", "begin"] },
  listening: {
    ...STOP,
    speech: ["hearing"],
    silence: ["failed", "silent"],
    endpoint: ["searching", "finish"],
    press: ["searching", "mute", "finish"],
    release: ["searching", "mute", "finish"],
    full: ["searching", "mute", "finish"],
    vanished: ["failed", "vanish"],
  },
  hearing: {
    ...STOP,
    silence: ["searching", "finish"],
    endpoint: ["searching", "finish"],
    press: ["searching", "mute", "finish"],
    release: ["searching", "mute", "finish"],
    full: ["searching", "mute", "finish"],
    vanished: ["searching", "cut", "finish"],
  },
  searching: {
    ...STOP,
    press: ["asking", "open"],
    speech: ["hearing", "resume"],
    full: ["searching", "mute"],
    vanished: ["searching", "mute"],
    answer: ["found", "show"],
  },
};

/**
 * Events for whoever shows it: "state" (its name), "level" (0 to 1), "partial" {text, stable}, "microphone"
 * (open or not), "answer" {answer, ask, samples, cut}, "problem" (a Problem).
 */
export class Session extends EventTarget {
  state = "idle";
  longest = 30; // seconds of one utterance
  held = false; // whether a button is held down: then a pause ends nothing
  /** What goes with the next utterance: {language, k, state}. */
  context = () => ({});
  #turn = 0; // what was begun in an earlier turn has nothing to say in a later one
  #ear = new Ear();
  #frames = [];
  #unsent = [];
  #cut = false;
  #ask = null;
  #microphone = null;
  #stream = null;
  #request = null;

  /** @param {import("./client.js").Sayfind} client */
  constructor(client) {
    super();
    this.client = client;
  }

  /** The microphone's button. */
  press() {
    this.#step("press");
  }

  /** The button was let go after it was held: that is the end, with or without a pause. */
  release() {
    this.#step("release");
  }

  cancel() {
    this.#step("cancel");
  }

  /** @param {import("./client.js").Ask} ask Whole as it is: nothing of `context` is added. */
  ask(ask) {
    this.#step("ask", ask);
  }

  /** Tries what failed once more: the same words or sound, or, where nothing was heard, the microphone. */
  again() {
    if (this.#ask) this.ask(this.#ask);
    else this.press();
  }

  /** Whether the search under way was spoken. */
  get byVoice() {
    return ["asking", "listening", "hearing"].includes(this.state) || (this.state === "searching" && this.#frames.length > 0);
  }

  #step(event, detail) {
    const [state, ...effects] = STEPS[this.state][event] ?? [];
    if (!state) return;
    this.state = state;
    for (const effect of effects) this.#effects[effect](detail);
    this.#emit("state", this.state); // an effect may have gone on already
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #effects = {
    open: () => this.#open(),
    begin: (microphone) => this.#begin(microphone),
    finish: () => this.#finish(),
    resume: () => this.#resume(),
    search: (ask) => this.#search(ask),
    drop: () => this.#drop(),
    mute: () => this.#mute(),
    cut: () => {
      this.#cut = true;
      this.#mute();
    },
    show: (answer) => {
      this.#mute();
      this.#emit("answer", { answer, ask: this.#ask, samples: joined(this.#frames), cut: this.#cut });
    },
    tell: (problem) => {
      const ask = problem.kind === "silent" ? null : this.#ask;
      this.#drop();
      this.#ask = ask; // for another try
      this.#emit("problem", problem);
    },
    silent: () => this.#effects.tell(silent()),
    vanish: () => this.#effects.tell(new Problem("vanished", "The microphone was taken away.", true)),
  };

  async #open() {
    this.#drop();
    const turn = this.#turn;
    try {
      const microphone = await Microphone.open((frame) => this.#hear(frame), () => this.#step("vanished"));
      if (turn === this.#turn) this.#step("granted", microphone);
      else microphone.close();
    } catch (problem) {
      if (turn === this.#turn) this.#fail(problem);
    }
  }

  #begin(microphone) {
    this.#microphone = microphone;
    this.#ear = new Ear();
    this.#connect();
    this.#emit("microphone", true);
  }

  #connect() {
    const stream = this.client.stream(this.context(), (message) => {
      if (stream !== this.#stream) return;
      if (message.type === "partial") this.#emit("partial", message);
      else this.#step("endpoint");
    });
    this.#stream = stream;
    this.#unsent = [...this.#frames];
  }

  #hear(frame) {
    if (!this.#microphone) return; // a last frame that was on its way when it closed
    this.#frames.push(frame);
    this.#emit("level", this.#ear.take(frame));
    if (this.state !== "searching") this.#unsent.push(frame);
    if (this.#unsent.length >= CHUNK) this.#send();
    if (this.#ear.spoke) this.#step("speech");
    if (this.#ear.quiet >= this.#patience()) this.#step("silence");
    if (this.#frames.length * SECONDS >= this.longest) this.#step("full");
  }

  #patience() {
    if (this.state !== "hearing") return PATIENCE;
    if (this.held) return Infinity;
    return this.#stream.state === "listening" ? SERVED_PAUSE : PAUSE;
  }

  #send() {
    while (this.#unsent.length) this.#stream.send(joined(this.#unsent.splice(0, CHUNK)));
  }

  #finish() {
    this.#send();
    this.#ear.again();
    this.#ask = { ...this.context(), audio: wav(joined(this.#frames)) };
    this.#settle(this.#spoken(this.#stream, this.#ask));
  }

  /** By the socket; and where that line breaks, the same sound by REST. */
  async #spoken(stream, ask) {
    try {
      return await stream.finish();
    } catch (problem) {
      if (problem.kind !== "dropped" || stream !== this.#stream) throw problem;
      return this.#rest(ask);
    }
  }

  /** The shopper went on after a pause: all of it is one utterance, heard anew. */
  #resume() {
    this.#stop();
    this.#connect();
  }

  #search(ask) {
    this.#drop();
    this.#ask = ask;
    this.#settle(this.#rest(ask));
  }

  #rest(ask) {
    this.#request = new AbortController();
    return this.client.search(ask, this.#request.signal);
  }

  async #settle(promise) {
    const turn = this.#turn;
    try {
      const answer = await promise;
      if (turn !== this.#turn) return;
      if (this.#ask.audio && !answer.text && !answer.heard[0]?.text) throw silent();
      this.#step("answer", answer);
    } catch (problem) {
      if (turn === this.#turn) this.#fail(problem);
    }
  }

  #fail(problem) {
    if (!(problem instanceof Problem)) throw problem;
    this.#step("failed", problem);
  }

  #stop() {
    this.#turn += 1;
    this.#stream?.cancel();
    this.#request?.abort();
  }

  #drop() {
    this.#stop();
    this.#mute();
    this.#stream = null;
    this.#frames = [];
    this.#cut = false;
    this.#ask = null;
  }

  #mute() {
    if (!this.#microphone) return;
    this.#microphone.close();
    this.#microphone = null;
    this.#emit("microphone", false);
  }
}
