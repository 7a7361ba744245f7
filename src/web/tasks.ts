/** Something that is to happen to a socket. Returns whether code of the user's was called. */
export type Task = () => boolean;

/**
 * What is to happen to a socket, one thing after the other, as the tasks of HTML's event loop: never within a call
 * of the user's, and between two of them all promises are settled that can be. So a program may wait for one
 * message, and listen for the next only then: it does not miss what came in the same chunk.
 */
export class Tasks {
  #waiting: Task[] = [];
  #scheduled = false;

  post(task: Task): void {
    this.#waiting.push(task);
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(run, this);
  }

  /** @internal Runs what waits, up to what has called the user's code. */
  run(): void {
    let hasCalled = false;
    try {
      // What a task posts is run too.
      for (let task = this.#waiting.shift(); task !== undefined; task = this.#waiting.shift()) {
        hasCalled = task();
        if (hasCalled) break;
      }
    } finally {
      this.#scheduled = hasCalled || this.#waiting.length > 0;
      // Microtasks run until there are none, and only then what they have left for the next tick.
      if (this.#scheduled) queueMicrotask(() => process.nextTick(run, this));
    }
  }
}

function run(tasks: Tasks): void {
  tasks.run();
}
