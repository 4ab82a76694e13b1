// Follows one solution: by websocket, else by server-sent events, else by asking again and again.
// Keeps the cursor of the last frame, so that nothing is lost or shown twice after a break.
const BACKOFF_MS = [300, 1000, 2000, 4000, 8000];
const SOCKET_TRIES = 2; // that never opened, before something else is tried
const QUIET_MS = 20_000;
const PONG_MS = 8_000;
const POLL_MS = 3_000;

const CLOSED = { finished: 1000, badFrame: 4400, loggedOut: 4401, notFound: 4404, tooMany: 4429 };
const FINAL_CODES = new Set(Object.values(CLOSED));

export class Live {
  // on: { frame(frame), connection(words), poll() -> Promise<isFinal> }
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
  }

  take(raw) {
    let frame;
    try {
      frame = JSON.parse(raw);
    } catch {
      return; // A broken frame is no reason to stop; what it said comes with the next snapshot.
    }
    if (frame.cursor && frame.cursor !== "0-0") this.cursor = frame.cursor;
    this.on.frame(frame);
    if (frame.kind === "done") this.end();
  }

  query() {
    return `after=${encodeURIComponent(this.cursor)}&view=page`;
  }

  openSocket() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    let opened = false;
    let socket;
    try {
      socket = new WebSocket(`${scheme}://${location.host}/ws/solutions/${this.id}/?${this.query()}`);
    } catch {
      this.openEvents();
      return;
    }
    this.socket = socket;
    socket.addEventListener("open", () => {
      opened = true;
      this.unopened = 0;
      this.say("");
      this.listen();
    });
    socket.addEventListener("message", (event) => {
      this.tries = 0;
      this.listen();
      this.take(event.data);
    });
    socket.addEventListener("close", (event) => {
      clearTimeout(this.pulse);
      if (this.socket !== socket || this.ended) return;
      if (FINAL_CODES.has(event.code)) {
        this.end();
        this.on.closed(event.code === CLOSED.loggedOut ? "logged-out" : event.code);
        return;
      }
      if (!opened && (this.unopened += 1) >= SOCKET_TRIES) this.openEvents();
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

  openEvents() {
    let opened = false;
    const source = new EventSource(`/solutions/${this.id}/events/?${this.query()}`);
    this.source = source;
    source.addEventListener("open", () => {
      opened = true;
      this.say("");
    });
    source.addEventListener("message", (event) => {
      this.tries = 0;
      this.take(event.data);
    });
    source.addEventListener("error", () => {
      if (this.source !== source || this.ended) return;
      source.close();
      this.source = null;
      if (opened) this.later(() => this.openEvents());
      else this.poll();
    });
  }

  async poll() {
    if (this.ended) return;
    try {
      if (await this.on.poll()) {
        this.end();
        return;
      }
      this.tries = 0;
      this.say("");
    } catch {
      this.say("offline");
    }
    this.again = () => this.poll();
    this.timer = setTimeout(this.again, POLL_MS);
  }

  later(action) {
    this.say("offline");
    this.again = action;
    const wait = BACKOFF_MS[Math.min(this.tries, BACKOFF_MS.length - 1)];
    this.tries += 1;
    clearTimeout(this.timer);
    // Spread out, so that a restarted server does not meet everyone at once.
    this.timer = setTimeout(action, wait * (0.75 + Math.random() / 2));
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
