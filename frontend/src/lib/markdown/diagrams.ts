// A diagram is drawn in a frame that has an origin of its own, no network and
// no way out but a message. What comes back is shown as a picture, in which
// nothing runs and nothing loads.

const patience = 20_000;
const longest = 20_000;
const largest = 2_000_000;
const most = 40;

interface Waiting {
  resolve: (svg: string | undefined) => void;
  timer: number;
}

class Frame {
  #frame: HTMLIFrameElement | undefined;
  #ready: Promise<boolean> | undefined;
  #count = 0;
  #drew = 0; // by the present frame
  // One after the other: a diagram that hangs takes no other with it.
  #turn: Promise<unknown> = Promise.resolve();
  readonly #waiting = new Map<number, Waiting>();
  readonly #drawn = new Map<string, Promise<string | undefined>>();

  /** draw gives the address of a picture; undefined if this is no diagram. */
  draw(source: string, dark: boolean): Promise<string | undefined> {
    const key = `${dark ? 'd' : 'l'}${source}`;
    let drawn = this.#drawn.get(key);
    if (!drawn) {
      drawn = this.#turn.then(() => this.#ask(source, dark));
      this.#turn = drawn;
      if (this.#drawn.size >= most) this.#drawn.clear();
      this.#drawn.set(key, drawn);
    }
    return drawn;
  }

  async #ask(source: string, dark: boolean): Promise<string | undefined> {
    if (source.length > longest) return undefined;
    let svg = await this.#try(source, dark);
    if (svg === undefined && this.#drew > 0) {
      // What was drawn before may have left something behind: once more from the start.
      this.#end();
      svg = await this.#try(source, dark);
    }
    if (svg === undefined) this.#end();
    else this.#drew += 1;
    if (svg === undefined || svg.length > largest) return undefined;
    return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  }

  async #try(source: string, dark: boolean): Promise<string | undefined> {
    this.#ready ??= this.#load();
    if (!(await this.#ready)) return undefined;
    const id = (this.#count += 1);
    return new Promise<string | undefined>((resolve) => {
      const timer = window.setTimeout(() => this.#end(), patience);
      this.#waiting.set(id, { resolve, timer });
      // The frame has no origin that could be named here.
      this.#frame?.contentWindow?.postMessage({ id, source, dark }, '*');
    });
  }

  #load(): Promise<boolean> {
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.className = 'diagram-frame';
    frame.setAttribute('aria-hidden', 'true');
    frame.title = '';
    frame.tabIndex = -1;
    this.#frame = frame;
    return new Promise((resolve) => {
      const timer = window.setTimeout(() => {
        this.#end();
        resolve(false);
      }, patience);
      const listen = (event: MessageEvent<unknown>) => {
        if (frame !== this.#frame) {
          window.removeEventListener('message', listen);
          return;
        }
        if (event.source !== frame.contentWindow || typeof event.data !== 'object' || !event.data) return;
        const data = event.data as Record<string, unknown>;
        if (data.ready === true) {
          clearTimeout(timer);
          resolve(true);
        } else if (typeof data.id === 'number') {
          this.#answer(data.id, typeof data.svg === 'string' ? data.svg : undefined);
        }
      };
      window.addEventListener('message', listen);
      frame.src = new URL('diagram.html', document.baseURI).href;
      document.body.append(frame);
    });
  }

  #answer(id: number, svg: string | undefined): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    waiting.resolve(svg);
  }

  // A frame that hangs is thrown away; the next diagram gets a new one.
  #end(): void {
    this.#frame?.remove();
    this.#frame = undefined;
    this.#ready = undefined;
    this.#drew = 0;
    for (const id of [...this.#waiting.keys()]) this.#answer(id, undefined);
  }
}

export const diagrams = new Frame();
