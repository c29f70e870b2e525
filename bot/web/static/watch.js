/** Looking again and again until something has happened. Rests while nobody sees the page. */

export class Watch {
  #look;
  #timer = null;
  #number = 0;

  constructor(look) {
    this.#look = look;
  }

  /**
   * Look every so many milliseconds, for `within` at most, until `until(state)`. `seen(state)` is called after every
   * look, `reached(state)` once at the end; `failed(error)` may return true to end it.
   */
  start({ every, within, until, seen = () => {}, reached = () => {}, failed = () => false }) {
    this.stop();
    const number = this.#number;
    const deadline = performance.now() + within;
    const step = async () => {
      if (number !== this.#number || performance.now() > deadline) return;
      if (!document.hidden && (await this.#once(number, { until, seen, reached, failed }))) return;
      if (number === this.#number) this.#timer = setTimeout(step, every);
    };
    this.#timer = setTimeout(step, every);
  }

  stop() {
    this.#number += 1;
    clearTimeout(this.#timer);
  }

  async #once(number, { until, seen, reached, failed }) {
    let state;
    try {
      state = await this.#look();
    } catch (error) {
      return number !== this.#number || failed(error);
    }
    if (number !== this.#number) return true;
    seen(state);
    if (!until(state)) return false;
    reached(state);
    return true;
  }
}
