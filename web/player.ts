// A place in the frames that moves with time: play, pause, step, rewind, speed.

const FRAMES_PER_SECOND = 24;

export class Player {
  playing = false;
  speed = 1;
  private position = 0;
  private shown = -1;
  private before = 0;
  private readyPlace = 0;
  private lastPlace = 0;

  constructor(
    private readonly show: (place: number) => boolean, // whether its frames have come
    private readonly changed: () => void,
  ) {}

  get place(): number {
    return Math.floor(this.position);
  }

  /** Begin a new recording, at its first frame. */
  reset(last: number): void {
    this.position = 0;
    this.shown = -1;
    this.readyPlace = 0;
    this.lastPlace = last;
  }

  /** Frames up to this place have come. */
  reached(place: number): void {
    this.readyPlace = place;
    if (this.shown < 0 || !this.playing) this.render();
    this.changed();
  }

  /** There are no frames behind a place. */
  endAt(place: number): void {
    this.lastPlace = Math.min(this.lastPlace, place);
  }

  play(): void {
    if (this.playing) return;
    if (this.place >= this.lastPlace) this.position = 0;
    this.playing = true;
    this.before = performance.now();
    requestAnimationFrame((now) => this.tick(now));
    this.changed();
  }

  pause(): void {
    this.playing = false;
    this.changed();
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Go to a place, no further than frames have come. */
  seek(place: number): void {
    this.position = Math.max(0, Math.min(place, this.readyPlace));
    this.render();
    this.changed();
  }

  move(places: number): void {
    this.pause();
    this.seek(this.place + places);
  }

  rewind(): void {
    this.pause();
    this.seek(0);
  }

  /** Draw the place again, as after a change of size or colours. */
  again(): void {
    this.shown = -1;
    this.render();
  }

  private tick(now: number): void {
    if (!this.playing) return;
    const elapsed = Math.min(now - this.before, 250) / 1000; // a sleeping tab does not jump
    this.before = now;
    const next = this.position + elapsed * FRAMES_PER_SECOND * this.speed;
    this.position = Math.min(next, this.readyPlace);
    this.render();
    if (this.place >= this.lastPlace) this.pause();
    else requestAnimationFrame((then) => this.tick(then));
  }

  private render(): void {
    if (this.place === this.shown) return;
    this.shown = this.show(this.place) ? this.place : -1;
    this.changed();
  }
}
