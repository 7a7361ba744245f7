/** Times, counted in classes whose width grows with them, so that a billion take no more room than one. */

/** Up to this many microseconds each has a class of its own; from there on, each 1/128 of an octave. */
const EXACT = 256;
const PER_OCTAVE = EXACT / 2;
/** Classes up to 2^32 microseconds, which are 71 minutes. */
const CLASSES = EXACT + 24 * PER_OCTAVE;
const LONGEST = 2 ** 32 - 1;

/** A class of a {@link Histogram}. */
export interface HistogramClass {
  /** The longest time that belongs to it, in milliseconds. */
  readonly upTo: number;
  readonly count: number;
}

/** What a {@link Histogram} has counted, for another process. Times are in milliseconds. */
export interface HistogramData {
  readonly classes: readonly HistogramClass[];
  readonly sum: number;
  readonly max: number;
}

/** How long things took. A time that is read out is at most 0.8 % longer than it was. */
export class Histogram {
  readonly #counts = new Float64Array(CLASSES);
  #count = 0;
  #sum = 0;
  #longest = 0;

  /** Counts a time, in milliseconds. */
  record(milliseconds: number): void {
    const microseconds = Math.min(Math.max(Math.ceil(milliseconds * 1000), 0), LONGEST);
    this.#counts[classOf(microseconds)]! += 1;
    this.#count += 1;
    this.#sum += milliseconds;
    if (milliseconds > this.#longest) this.#longest = milliseconds;
  }

  /** What has been counted, to be {@link add added} to another. */
  get data(): HistogramData {
    return { classes: this.classes(), sum: this.#sum, max: this.#longest };
  }

  /** Counts all that another has counted. */
  add({ classes, sum, max }: HistogramData): void {
    for (const { upTo, count } of classes) {
      this.#counts[classOf(Math.round(upTo * 1000))]! += count;
      this.#count += count;
    }
    this.#sum += sum;
    this.#longest = Math.max(this.#longest, max);
  }

  /** How many times were counted. */
  get count(): number {
    return this.#count;
  }

  /** The longest one, in milliseconds; 0 for none. */
  get max(): number {
    return this.#longest;
  }

  /** In milliseconds; 0 for none. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /**
   * The time within which so many took, in milliseconds; 0 for none.
   *
   * @param percent 0 to 100
   */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.ceil((percent / 100) * this.#count));
    let seen = 0;
    for (let index = 0; index < CLASSES; index++) {
      seen += this.#counts[index]!;
      if (seen >= wanted && seen > 0) return Math.min(upperEnd(index) / 1000, this.#longest);
    }
    return this.#longest;
  }

  /** The classes that have a time in them, the shortest first. */
  classes(): HistogramClass[] {
    const classes: HistogramClass[] = [];
    this.#counts.forEach((count, index) => {
      if (count > 0) classes.push({ upTo: upperEnd(index) / 1000, count });
    });
    return classes;
  }
}

function classOf(microseconds: number): number {
  if (microseconds < EXACT) return microseconds;
  // 1 for 256 to 511, 2 for 512 to 1023 …
  const octave = 24 - Math.clz32(microseconds);
  return EXACT + (octave - 1) * PER_OCTAVE + (microseconds >>> octave) - PER_OCTAVE;
}

/** The most microseconds of a class. */
function upperEnd(index: number): number {
  if (index < EXACT) return index;
  const octave = Math.floor((index - EXACT) / PER_OCTAVE) + 1;
  const step = ((index - EXACT) % PER_OCTAVE) + PER_OCTAVE;
  return (step + 1) * 2 ** octave - 1;
}
