// Follows one solution: by websocket, else by server-sent events, else by asking again and again.
// Keeps the cursor of the last frame, so that nothing is lost or shown twice after a break.
const BACKOFF_MS = [300, 1000, 2000, 4000, 8000];
const SOCKET_TRIES = 2; // that never opened, before something else is tried
const QUIET_MS = 20_000;
const PONG_MS = 8_000;
const START = "0-0";

// Close codes of the socket after which it is pointless to come back; see docs/live.md.
const FINAL_CODES = {
  1000: "finished",
  4400: "bad_frame",
  4401: "session_expired",
  4404: "not_found",
  4429: "too_many",
};
const FINAL_WORDS = new Set(Object.values(FINAL_CODES));

export class Live {
  // on: { frame(frame), connection("" | "offline"), closed(code) }
  constructor({ id, cursor, on }) {
    this.id = id;
    this.cursor = cursor;
    this.on = on;
    this.ended = false;
    this.tries = 0;
    this.unopened = 0;
    window.addEventListener("online", () => this.retryNow());
    window.addEventListener("offline", () => this.say("offline"));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.retryNow();
    });
  }

  start() {
    if (navigator.onLine === false) this.say("offline");
    this.openSocket();
  }

  end() {
    this.ended = true;
    clearTimeout(this.timer);
    clearTimeout(this.pulse);
    this.source?.close();
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.close(1000);
    this.say("");
  }

  take(raw) {
    let frame;
    try {
      frame = JSON.parse(raw);
    } catch {
      return; // A broken frame is no reason to stop: what it said comes with the next snapshot.
    }
    this.takeFrame(frame);
  }

  takeFrame(frame) {
    this.tries = 0;
    if (frame.cursor && frame.cursor !== START) this.cursor = frame.cursor;
    this.on.frame(frame);
    if (frame.kind === "done") this.end();
  }

  get query() {
    // Steps come in order, so what counts is the last one; too small a number costs little.
    const numbers = [...document.querySelectorAll("#steps [data-step]")].map((step) => step.dataset.step);
    const shown = Math.max(-1, ...numbers) + 1;
    return `after=${encodeURIComponent(this.cursor)}&view=page&steps=${shown}`;
  }

  get eventsUrl() {
    return `/solutions/${this.id}/events/?${this.query}`;
  }

  // -- Websocket ------------------------------------------------------------------------------

  openSocket() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const url = `${scheme}://${location.host}/ws/solutions/${this.id}/?${this.query}`;
    let opened = false;
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.addEventListener("open", () => {
      opened = true;
      this.unopened = 0;
      this.say("");
      this.listen();
    });
    socket.addEventListener("message", (event) => {
      this.listen();
      this.take(event.data);
    });
    socket.addEventListener("close", (event) => {
      if (this.socket !== socket || this.ended) return;
      clearTimeout(this.pulse);
      if (event.code in FINAL_CODES) this.finish(FINAL_CODES[event.code]);
      else if (!opened && (this.unopened += 1) >= SOCKET_TRIES) this.openEvents();
      else this.later(() => this.openSocket());
    });
  }

  // A connection that died silently is found out by a ping that nobody answers.
  listen() {
    clearTimeout(this.pulse);
    this.pulse = setTimeout(() => {
      if (this.socket?.readyState !== WebSocket.OPEN) return;
      this.socket.send('{"kind": "ping"}');
      this.pulse = setTimeout(() => this.drop(), PONG_MS);
    }, QUIET_MS);
  }

  drop() {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.later(() => this.openSocket());
  }

  // -- Where no socket gets through -------------------------------------------------------------

  openEvents() {
    let opened = false;
    const source = new EventSource(this.eventsUrl);
    this.source = source;
    source.addEventListener("open", () => {
      opened = true;
      this.say("");
    });
    source.addEventListener("message", (event) => {
      this.take(event.data);
      const { kind, code } = JSON.parse(event.data);
      if (kind === "notice" && FINAL_WORDS.has(code)) this.finish(code);
    });
    // Reconnecting is done here, so that the address carries the newest cursor.
    source.addEventListener("error", () => {
      if (this.ended) return;
      source.close();
      if (opened) this.later(() => this.openEvents());
      else this.poll();
    });
  }

  async poll() {
    if (this.ended) return;
    let wait = 2_000;
    try {
      const response = await fetch(`${this.eventsUrl}&poll=1`);
      if (response.status === 404) {
        this.finish("session_expired");
        return;
      }
      if (!response.ok) throw new Error(`${response.status}`);
      const news = await response.json();
      news.frames.forEach((frame) => this.takeFrame(frame));
      this.cursor = news.cursor;
      wait = news.again_ms;
      this.say("");
    } catch {
      this.say("offline");
    }
    if (this.ended) return;
    this.again = () => this.poll();
    this.timer = setTimeout(this.again, wait);
  }

  // -- Breaks -----------------------------------------------------------------------------------

  finish(code) {
    this.end();
    this.on.closed(code);
  }

  later(action) {
    this.say("offline");
    this.again = action;
    const wait = BACKOFF_MS[Math.min(this.tries, BACKOFF_MS.length - 1)];
    this.tries += 1;
    clearTimeout(this.timer);
    // Spread out, so that a restarted server does not meet everyone at once.
    this.timer = setTimeout(() => this.retryNow(), wait * (0.75 + Math.random() / 2));
  }

  retryNow() {
    if (this.ended || !this.again) return;
    const action = this.again;
    this.again = null;
    clearTimeout(this.timer);
    action();
  }

  say(state) {
    if (this.said === state) return;
    this.said = state;
    this.on.connection(state);
  }
}
