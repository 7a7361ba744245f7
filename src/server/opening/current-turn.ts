let turn = 0;
let counting = false;

/** A number that is the same as long as the event loop has made no other turn. */
export function currentTurn(): number {
  if (!counting) {
    counting = true;
    setImmediate(() => {
      turn++;
      counting = false;
    });
  }
  return turn;
}
